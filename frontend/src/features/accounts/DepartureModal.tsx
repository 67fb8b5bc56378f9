import { Alert, Content, Skeleton } from "@patternfly/react-core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { asApiError } from "@/api/problem";
import type { Departure } from "@/api/types";
import { UserChoice } from "@/features/access/Grant/SubjectChoice";
import { plural } from "@/lib/plural";
import { FormModal } from "@/ui/FormModal";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { useToasts } from "@/ui/Toasts";

interface Props {
  title: string;
  description: string;
  submit: string;
  done: string;
  /** Whether somebody may take over what it owned. */
  mayInherit?: boolean;
  /** What whoever inherits takes over. */
  inheritance?: string;
  preview: (heir: string) => Promise<Departure>;
  action: (heir: string) => Promise<unknown>;
  onDone?: () => void;
  onClose: () => void;
}

/** Asks before an account goes or sleeps: what would be lost, what would stay, and who takes over the rest. */
export function DepartureModal(props: Props) {
  const [heir, setHeir] = useState("");
  const toasts = useToasts();
  const preview = useQuery({
    queryKey: ["accounts", "departures", props.title, heir],
    queryFn: () => props.preview(heir),
    staleTime: 0,
    gcTime: 0,
  });
  const leave = useMutation({
    mutationFn: () => props.action(heir),
    onSuccess: () => {
      toasts.success(props.done);
      props.onClose();
      props.onDone?.();
    },
  });
  const departure = preview.data;
  return (
    <FormModal
      title={props.title}
      description={props.description}
      submit={props.submit}
      isDanger
      isPending={leave.isPending}
      isDisabled={!departure || departure.refused !== ""}
      error={leave.error}
      shownFields={["inherit_to"]}
      onSubmit={() => leave.mutate()}
      onClose={props.onClose}
    >
      {props.mayInherit && (
        <UserChoice
          label="Who inherits"
          value={heir}
          onChange={setHeir}
          help={`Takes over ${props.inheritance ?? "the private collection and what is owned"}. Empty: nobody.`}
          error={leave.error ? asApiError(leave.error).field("inherit_to") : ""}
          isRequired={false}
        />
      )}
      <ProblemAlert error={preview.error} title="What would become of it could not be worked out" />
      {preview.isPending && <Skeleton height="6rem" screenreaderText="Working out what would become of it" />}
      {departure?.refused && (
        <Alert component="p" isInline variant="danger" title={`This cannot be done: ${departure.refused}`} />
      )}
      {departure && departure.effects.length === 0 && <Content component="p">Nothing belongs to it.</Content>}
      {departure && departure.effects.length > 0 && (
        <dl className="qd-effects">
          {departure.effects.map((effect) => (
            <div key={effect.what + effect.outcome}>
              <dt>
                <strong>
                  {named(effect.what)} ({effect.count})
                </strong>
                : {effect.outcome}
              </dt>
              <dd className="qd-subtle qd-break">
                {effect.names.slice(0, SHOWN).join(", ")}
                {effect.count > SHOWN &&
                  effect.names.length > 0 &&
                  ` and ${plural(effect.count - SHOWN, "more", "more")}`}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </FormModal>
  );
}

const SHOWN = 10;

/** "organization memberships", as the API calls it, in the words of the console. */
function named(what: string): string {
  return what.replace("organization", "organisation");
}
