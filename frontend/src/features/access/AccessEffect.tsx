import { Alert, Content, ExpandableSection, Skeleton } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { AccessEffect } from "@/api/types";
import { ProblemAlert } from "@/ui/ProblemAlert";

type Shift = AccessEffect["gained"][number];

interface Props {
  /** What would be changed, and how: a change of it is asked about anew. */
  change: readonly unknown[];
  preview: () => Promise<AccessEffect>;
}

/** Who would gain and lose what by a change: the server makes it, looks, and takes it back. */
export function PreviewedEffect({ change, preview }: Props) {
  // Apart from what changes make stale: a change that was made is not tried once more.
  const query = useQuery({
    queryKey: ["previews", ...change],
    queryFn: preview,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  if (query.error) return <ProblemAlert error={query.error} title="This would be refused" />;
  if (!query.data) return <Skeleton height="4rem" screenreaderText="Working out who gains and loses what" />;
  return <EffectView effect={query.data} />;
}

export function EffectView({ effect }: { effect: AccessEffect }) {
  const isQuiet = effect.gained.length + effect.lost.length === 0;
  if (isQuiet) {
    return (
      <Alert
        component="p"
        isInline
        variant="info"
        title="Nobody may do more or less by it: what it gives is held otherwise, or reaches nobody."
      />
    );
  }
  return (
    <>
      <Shifts title="Who gains" sign="+" shifts={effect.gained} />
      <Shifts title="Who loses" sign="−" shifts={effect.lost} />
    </>
  );
}

function Shifts({ title, sign, shifts }: { title: string; sign: "+" | "−"; shifts: readonly Shift[] }) {
  if (shifts.length === 0) return null;
  return (
    <section aria-label={title}>
      <Content component="h3" className={sign === "+" ? "qd-good-text" : "qd-bad"}>
        {title}
      </Content>
      {shifts.map((shift) => (
        <ShiftView key={shift.summary} sign={sign} shift={shift} />
      ))}
    </section>
  );
}

function ShiftView({ sign, shift }: { sign: string; shift: Shift }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <ExpandableSection
      toggleContent={
        <span className="qd-break">
          <span aria-hidden>{sign}</span> {shift.summary}
        </span>
      }
      isExpanded={isOpen}
      onToggle={(_, isExpanded) => setOpen(isExpanded)}
      isIndented
    >
      <Named title="Operations" names={shift.operations} count={shift.operations.length} />
      <Named title="People" names={shift.people} count={shift.people_count} />
      <Named title="Collections, and everything below them" names={shift.collections} count={shift.collections_count} />
    </ExpandableSection>
  );
}

function Named({ title, names, count }: { title: string; names: readonly string[]; count: number }) {
  return (
    <p className="qd-break">
      <strong>{title}:</strong> {names.join(", ")}
      {count > names.length && ` and ${(count - names.length).toLocaleString("en-GB")} more`}
    </p>
  );
}
