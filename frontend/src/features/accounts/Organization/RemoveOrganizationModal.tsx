import type { Organization } from "@/api/types";
import { DepartureModal } from "@/features/accounts/DepartureModal";
import { previewOrganizationDeletion, useOrganizationActions } from "@/features/accounts/Organization/queries";

export function RemoveOrganizationModal({
  organization: { name },
  onDone,
  onClose,
}: {
  organization: Organization;
  onDone?: () => void;
  onClose: () => void;
}) {
  const { remove } = useOrganizationActions();
  return (
    <DepartureModal
      title={`Delete ${name}?`}
      description="Its teams and service accounts go with it; its members stay as users. What its service accounts own can be taken over."
      submit="Delete organisation"
      done={`${name} was deleted`}
      mayInherit
      inheritance="what its service accounts own"
      preview={(heir) => previewOrganizationDeletion(name, heir)}
      action={(heir) => remove(name, heir)}
      onDone={onDone}
      onClose={onClose}
    />
  );
}
