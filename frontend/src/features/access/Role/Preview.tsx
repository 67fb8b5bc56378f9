import { Alert, Content, ExpandableSection, Skeleton } from "@patternfly/react-core";
import { useState } from "react";
import type { RolePreview } from "@/api/types";
import { EffectView } from "@/features/access/AccessEffect";
import { splitSubject } from "@/features/access/Grant/columns";
import { placeOf } from "@/features/access/Grant/place";
import { plural } from "@/lib/plural";
import { ProblemAlert } from "@/ui/ProblemAlert";

/** Whom a change of a role would touch, and what they would gain and lost by it; nothing of it has been done. */
export function Preview({ preview, error }: { preview?: RolePreview; error: unknown }) {
  if (error) return <ProblemAlert error={error} title="What it would change could not be worked out" />;
  if (!preview) return <Skeleton height="8rem" screenreaderText="Working out what it would change" />;
  const isQuiet = preview.gained.length + preview.lost.length === 0;
  const reach =
    preview.grants_count === 0
      ? "No grant gives this role: nobody is touched."
      : `${plural(preview.people_count, "person", "people")} ${preview.people_count === 1 ? "is" : "are"} reached, by ${plural(preview.grants_count, "grant")}.`;
  return (
    <>
      <Alert
        component="p"
        isInline
        variant={isQuiet || preview.grants_count === 0 ? "info" : "warning"}
        title={reach}
      />
      <Rights title="Gained" rights={preview.gained} />
      <Rights title="Lost" rights={preview.lost} />
      {isQuiet && <Content component="p">The role holds the same operations as before.</Content>}
      {!isQuiet && preview.grants_count > 0 && <EffectView effect={preview.effect} />}
      <Names title="People" count={preview.people_count} names={preview.people} />
      <Names
        title="Grants"
        count={preview.grants_count}
        names={preview.grants.map((grant) => `${splitSubject(grant.subject).join(" ")} on ${placeOf(grant.resource)}`)}
      />
    </>
  );
}

export function Rights({ title, rights }: { title: string; rights: readonly string[] }) {
  if (rights.length === 0) return null;
  const isGain = title === "Gained";
  return (
    <section aria-label={title}>
      <Content component="h3" className={isGain ? "qd-good-text" : "qd-bad"}>
        {title} ({rights.length})
      </Content>
      <ul className="qd-rights">
        {rights.map((right) => (
          <li key={right}>
            <span aria-hidden>{isGain ? "+" : "−"}</span> {right}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Names({ title, count, names }: { title: string; count: number; names: readonly string[] }) {
  const [isOpen, setOpen] = useState(false);
  if (count === 0) return null;
  return (
    <ExpandableSection
      toggleText={`${title} (${count})`}
      isExpanded={isOpen}
      onToggle={(_, isExpanded) => setOpen(isExpanded)}
      isIndented
    >
      <ul>
        {names.map((name, index) => (
          <li key={index} className="qd-break">
            {name}
          </li>
        ))}
      </ul>
      {count > names.length && <p className="qd-subtle">and {count - names.length} more</p>}
    </ExpandableSection>
  );
}
