import { useState } from "react";
import { asApiError } from "@/api/problem";
import type { Grant } from "@/api/types";
import { splitSubject } from "@/features/access/Grant/columns";
import { placeOf } from "@/features/access/Grant/place";
import { useUpdateGrant } from "@/features/access/Grant/queries";
import { fromLocalInput, toLocalInput } from "@/lib/time";
import { FormModal } from "@/ui/FormModal";
import { TextField } from "@/ui/TextField";
import { useToasts } from "@/ui/Toasts";

export function EditGrantModal({ grant, onClose }: { grant: Grant; onClose: () => void }) {
  const [until, setUntil] = useState(toLocalInput(grant.expires_at));
  const [comment, setComment] = useState(grant.comment);
  const save = useUpdateGrant(grant.id);
  const toasts = useToasts();
  const problem = save.error ? asApiError(save.error) : null;
  const isMoved = until !== toLocalInput(grant.expires_at);
  const name = splitSubject(grant.subject)[1];
  return (
    <FormModal
      title="Change this grant"
      description={`${name} has ${grant.role} on ${placeOf(grant.resource)}. To give another role, or to give it elsewhere, make another grant.`}
      submit="Save"
      isPending={save.isPending}
      isDisabled={!isMoved && comment.trim() === grant.comment}
      error={save.error}
      shownFields={["expires_at", "comment"]}
      onSubmit={() =>
        save.mutate(
          { comment: comment.trim(), ...(isMoved && { expires_at: fromLocalInput(until) ?? null }) },
          {
            onSuccess: () => {
              toasts.success(`The grant to ${name} was changed`);
              onClose();
            },
          },
        )
      }
      onClose={onClose}
    >
      <TextField
        label="Until"
        type="datetime-local"
        value={until}
        onChange={setUntil}
        help="Your time zone. Empty: until it is deleted."
        error={problem?.field("expires_at")}
        autoFocus
      />
      <TextField
        label="Comment"
        value={comment}
        onChange={setComment}
        help="Why, for whoever reads this in a year."
        error={problem?.field("comment")}
      />
    </FormModal>
  );
}
