import { Alert, Content, FormGroup, Radio } from "@patternfly/react-core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { asApiError } from "@/api/problem";
import type { Role, RoleUpdate } from "@/api/types";
import { Preview } from "@/features/access/Role/Preview";
import { useRoleActions } from "@/features/access/Role/queries";
import { gained, type Operations } from "@/lib/operations";
import { plural } from "@/lib/plural";
import { FormModal } from "@/ui/FormModal";
import { Time } from "@/ui/Time";

/** One of the two versions of a role that two people have edited. */
interface Edition {
  name: string;
  description: string;
  operations: Operations;
  version?: number;
  changed_by?: string;
  changed_at?: string;
}

interface Props {
  role: Role;
  etag: string;
  changes: RoleUpdate;
  onSaved: (role: Role) => void;
  /** The other person's version is to stay: the form starts anew from it. */
  onDiscard: () => void;
  onClose: () => void;
}

/** What an edit of a role would change, and then the edit itself; both versions where somebody else was faster. */
export function SaveRoleModal({ role, etag, changes, onSaved, onDiscard, onClose }: Props) {
  const actions = useRoleActions();
  const preview = useQuery({
    queryKey: ["access", "previews", "update", role.name, changes],
    queryFn: () => actions.previewUpdate(role.name, changes),
    staleTime: 0,
    gcTime: 0,
  });
  const save = useMutation({
    mutationFn: (version: string) => actions.update(role.name, changes, version),
    onSuccess: onSaved,
  });
  const problem = save.error ? asApiError(save.error) : null;
  if (problem?.code === "role-changed") {
    const { current, submitted } = problem.document as { current?: Edition; submitted?: Edition };
    if (current && submitted) {
      return (
        <ConflictModal
          current={current}
          submitted={submitted}
          isPending={save.isPending}
          // Without a version: what is overwritten has just been seen.
          onKeep={() => save.mutate("")}
          onDiscard={onDiscard}
          onClose={onClose}
        />
      );
    }
  }
  return (
    <FormModal
      title={`Save the role ${role.name}?`}
      description="This is what would change, for everybody who was granted the role, within a second. Nothing is saved yet."
      submit="Save role"
      isPending={save.isPending}
      isDisabled={!preview.data}
      error={save.error}
      onSubmit={() => save.mutate(etag)}
      onClose={onClose}
    >
      <Preview preview={preview.data} error={preview.error} />
    </FormModal>
  );
}

function ConflictModal(props: {
  current: Edition;
  submitted: Edition;
  isPending: boolean;
  onKeep: () => void;
  onDiscard: () => void;
  onClose: () => void;
}) {
  const { current, submitted } = props;
  const [choice, setChoice] = useState<"theirs" | "mine">("theirs");
  const onlyTheirs = gained(submitted.operations, current.operations);
  const onlyMine = gained(current.operations, submitted.operations);
  return (
    <FormModal
      title="Somebody else changed this role meanwhile"
      submit={choice === "mine" ? "Save my version" : "Keep theirs"}
      isDanger={choice === "mine"}
      isPending={props.isPending}
      error={null}
      onSubmit={choice === "mine" ? props.onKeep : props.onDiscard}
      onClose={props.onClose}
    >
      <Alert
        component="p"
        isInline
        variant="warning"
        title={
          <>
            {current.changed_by || "Somebody"} saved a version <Time value={current.changed_at} empty="just now" />.
            Yours was not saved.
          </>
        }
      />
      <div className="qd-versions">
        <EditionText title="Theirs, as it is now" edition={current} only={onlyTheirs} />
        <EditionText title="Yours" edition={submitted} only={onlyMine} />
      </div>
      {onlyTheirs.length + onlyMine.length === 0 && <Content component="p">Both hold the same operations.</Content>}
      <FormGroup className="qd-choices" role="radiogroup" label="Which one is to be the role?" fieldId="role-conflict">
        <Radio
          id="role-conflict-theirs"
          name="role-conflict"
          label="Theirs: drop my changes, and start from what it is now"
          isChecked={choice === "theirs"}
          onChange={() => setChoice("theirs")}
        />
        <Radio
          id="role-conflict-mine"
          name="role-conflict"
          label="Mine: save it over theirs, which stays in the history"
          isChecked={choice === "mine"}
          onChange={() => setChoice("mine")}
        />
      </FormGroup>
    </FormModal>
  );
}

function EditionText({ title, edition, only }: { title: string; edition: Edition; only: readonly string[] }) {
  return (
    <section aria-label={title}>
      <Content component="h3">{title}</Content>
      <p className="qd-break">
        <strong>{edition.name}</strong>
        {edition.description && `: ${edition.description}`}
      </p>
      <p className="qd-subtle">{plural(Object.keys(edition.operations).length, "operation")}, only here:</p>
      {only.length === 0 ? (
        <p>none</p>
      ) : (
        <ul className="qd-rights">
          {only.map((right) => (
            <li key={right}>{right}</li>
          ))}
        </ul>
      )}
    </section>
  );
}
