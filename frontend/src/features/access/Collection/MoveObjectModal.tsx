import { useState } from "react";
import { asApiError } from "@/api/problem";
import { CollectionChoice } from "@/features/access/Collection/CollectionChoice";
import { useMoveObject, type MovedObject } from "@/features/access/Collection/queries";
import { confirmationOf, Evictions } from "@/ui/Evictions";
import { FormModal } from "@/ui/FormModal";
import { useToasts } from "@/ui/Toasts";

interface Props {
  object: MovedObject;
  /** The path of the collection it is in. */
  from: string;
  onClose: () => void;
}

/** Moves one object to another collection, whatever its kind; it goes on running. */
export function MoveObjectModal({ object, from, onClose }: Props) {
  const [target, setTarget] = useState("");
  const move = useMoveObject(object);
  const toasts = useToasts();
  const confirmation = confirmationOf(move.error);
  return (
    <FormModal
      title={`Move the ${object.kind} ${object.name}`}
      description="Nothing is made anew. From then on the grants on the other collection, and those above it, decide who sees and changes it."
      submit={confirmation ? "Move and stop them" : "Move"}
      isDanger={confirmation !== null}
      isPending={move.isPending}
      isDisabled={!target}
      error={confirmation ? null : move.error}
      shownFields={["collection"]}
      onSubmit={() =>
        move.mutate(
          { collection: target, ...(confirmation && { confirm: confirmation.confirm }) },
          {
            onSuccess: () => {
              toasts.success(`${object.name} is in ${target}`);
              onClose();
            },
          },
        )
      }
      onClose={onClose}
    >
      <CollectionChoice
        label="Into"
        accepts={({ path }) => path !== from}
        value={target}
        onChange={(next) => {
          setTarget(next);
          move.reset();
        }}
        help={`It is in ${from} now.`}
        error={move.error ? asApiError(move.error).field("collection") : ""}
        isRequired
        autoFocus
      />
      {confirmation && <Evictions confirmation={confirmation} />}
    </FormModal>
  );
}
