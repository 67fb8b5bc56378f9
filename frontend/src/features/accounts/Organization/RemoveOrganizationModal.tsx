import type { Organization } from "@/api/types";
import { useOrganizationActions } from "@/features/accounts/Organization/queries";
import { ConfirmModal } from "@/ui/ConfirmModal";

export function RemoveOrganizationModal({
  organization,
  onDone,
  onClose,
}: {
  organization: Organization;
  onDone?: () => void;
  onClose: () => void;
}) {
  const { remove } = useOrganizationActions();
  return (
    <ConfirmModal
      title={`Delete ${organization.name}?`}
      submit="Delete organisation"
      action={() => remove(organization.name)}
      done={`${organization.name} was deleted`}
      onDone={onDone}
      onClose={onClose}
    >
      <p>
        Its {organization.teams_count} teams and all grants to it and to them are removed. Its{" "}
        {organization.members_count} members stay as users.
      </p>
    </ConfirmModal>
  );
}
