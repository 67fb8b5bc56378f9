import type { User } from "@/api/types";
import { DepartureModal } from "@/features/accounts/DepartureModal";
import { ResetPasswordModal } from "@/features/accounts/User/ResetPasswordModal";
import { UserModal } from "@/features/accounts/User/UserModal";
import {
  previewUserDeactivation,
  previewUserDeletion,
  useDeleteUser,
  useUpdateUser,
} from "@/features/accounts/User/queries";
import { ConfirmModal } from "@/ui/ConfirmModal";
import type { RowAction } from "@/ui/RowMenu";

export type UserAction = "edit" | "password" | "activate" | "deactivate" | "delete";

/** What this caller may do to a user, for a menu. */
export function userActions(user: User, self: string, open: (action: UserAction) => void): (RowAction | false)[] {
  return [
    user.capabilities.update && {
      label: user.capabilities.rename ? "Edit or rename" : "Edit",
      onClick: () => open("edit"),
    },
    user.capabilities.set_password &&
      user.username !== self && { label: "Reset password", onClick: () => open("password") },
    user.capabilities.update_flags && {
      label: user.is_active ? "Deactivate" : "Activate",
      onClick: () => open(user.is_active ? "deactivate" : "activate"),
    },
    user.capabilities.delete && { label: "Delete", isDanger: true, onClick: () => open("delete") },
  ];
}

interface Props {
  user: User;
  action: UserAction;
  onSaved?: (user: User) => void;
  onDeleted?: () => void;
  onClose: () => void;
}

/** The dialog of one of these actions. */
export function UserActionModal({ user, action, onSaved, onDeleted, onClose }: Props) {
  const save = useUpdateUser(user.username);
  const remove = useDeleteUser();
  const { username } = user;
  if (action === "edit") return <UserModal user={user} onSaved={onSaved} onClose={onClose} />;
  if (action === "password") return <ResetPasswordModal username={username} onClose={onClose} />;
  if (action === "activate") {
    return (
      <ConfirmModal
        title={`Activate ${username}?`}
        submit="Activate"
        action={() => save.mutateAsync({ is_active: true })}
        done={`${username} was activated`}
        onClose={onClose}
      >
        <p>The user can sign in again, and the client bundles work again.</p>
      </ConfirmModal>
    );
  }
  if (action === "deactivate") {
    return (
      <DepartureModal
        title={`Deactivate ${username}?`}
        description="Sessions and open terminals end within a second. The user can be activated again, and then has it all back."
        submit="Deactivate"
        done={`${username} was deactivated`}
        preview={() => previewUserDeactivation(username)}
        action={() => save.mutateAsync({ is_active: false })}
        onClose={onClose}
      />
    );
  }
  return (
    <DepartureModal
      title={`Delete ${username}?`}
      description="What the user did stays in the audit log. To only stop somebody from signing in, deactivate the account instead."
      submit="Delete user"
      done={`${username} was deleted`}
      mayInherit
      preview={(heir) => previewUserDeletion(username, heir)}
      action={(heir) => remove(username, heir)}
      onDone={onDeleted}
      onClose={onClose}
    />
  );
}
