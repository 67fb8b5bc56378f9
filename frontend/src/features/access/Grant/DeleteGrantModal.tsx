import type { Grant } from "@/api/types";
import { PreviewedEffect } from "@/features/access/AccessEffect";
import { splitSubject } from "@/features/access/Grant/columns";
import { placeOf } from "@/features/access/Grant/place";
import { previewGrantDeletion, useDeleteGrant } from "@/features/access/Grant/queries";
import { ConfirmModal } from "@/ui/ConfirmModal";

export function DeleteGrantModal({ grant, onClose }: { grant: Grant; onClose: () => void }) {
  const remove = useDeleteGrant();
  const [kind, name] = splitSubject(grant.subject);
  return (
    <ConfirmModal
      title="Delete this grant?"
      submit="Delete grant"
      action={() => remove(grant.id)}
      done={`The grant to ${name} was deleted`}
      onClose={onClose}
    >
      <p>
        The {kind} <strong>{name}</strong> loses <strong>{grant.role}</strong> on{" "}
        <strong>{placeOf(grant.resource)}</strong> within a second; open terminals and logs that need it end.
      </p>
      <PreviewedEffect change={["grant", grant.id, "delete"]} preview={() => previewGrantDeletion(grant.id)} />
    </ConfirmModal>
  );
}
