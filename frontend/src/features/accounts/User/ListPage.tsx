import { Button, Label, LabelGroup, ToolbarItem } from "@patternfly/react-core";
import UsersIcon from "@patternfly/react-icons/dist/esm/icons/users-icon";
import { useState } from "react";
import type { User } from "@/api/types";
import { useSession } from "@/features/accounts/Session/queries";
import { ResetPasswordModal } from "@/features/accounts/User/ResetPasswordModal";
import { UserModal } from "@/features/accounts/User/UserModal";
import { useDeleteUser, useUpdateUser, useUsers } from "@/features/accounts/User/queries";
import { Clip } from "@/ui/Clip";
import { ConfirmModal } from "@/ui/ConfirmModal";
import { ListPageBody, type Column } from "@/ui/ListPageBody";
import { PageFrame } from "@/ui/PageFrame";
import { RowMenu } from "@/ui/RowMenu";
import { Time } from "@/ui/Time";
import { useListParams } from "@/ui/useListParams";

const COLUMNS: readonly Column<User>[] = [
  { name: "User name", width: 20, cell: (user) => <Clip text={user.username} /> },
  { name: "Full name", width: 20, cell: (user) => <Clip text={user.full_name} /> },
  { name: "Email", width: 20, cell: (user) => <Clip text={user.email} /> },
  {
    name: "Status",
    cell: (user) => (
      <LabelGroup aria-label={`Status of ${user.username}`}>
        <Label isCompact variant="outline" status={user.is_active ? "success" : undefined}>
          {user.is_active ? "active" : "deactivated"}
        </Label>
        {user.is_admin && (
          <Label isCompact color="purple">
            administrator
          </Label>
        )}
      </LabelGroup>
    ),
  },
  { name: "Source", width: 10, cell: (user) => user.source },
  { name: "Last signed in", cell: (user) => <Time value={user.last_login} /> },
];

type Open = { kind: "create" } | { kind: "edit" | "password" | "deactivate" | "delete"; user: User } | null;

export function UserListPage() {
  const { capabilities, user: self } = useSession();
  const params = useListParams();
  const query = useUsers(params.query);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const create = capabilities.create_user && <Button onClick={() => setOpen({ kind: "create" })}>Create user</Button>;
  const menu = (user: User) => [
    user.capabilities.update && { label: "Edit", onClick: () => setOpen({ kind: "edit", user }) },
    user.capabilities.set_password &&
      user.username !== self.username && {
        label: "Reset password",
        onClick: () => setOpen({ kind: "password", user }),
      },
    user.capabilities.update_flags && {
      label: user.is_active ? "Deactivate" : "Activate",
      onClick: () => setOpen({ kind: "deactivate", user }),
    },
    user.capabilities.delete && {
      label: "Delete",
      isDanger: true,
      onClick: () => setOpen({ kind: "delete", user }),
    },
  ];
  return (
    <PageFrame title="Users" description="The people who may sign in. What they may do comes from grants.">
      <ListPageBody
        label="users"
        query={query}
        params={params}
        searchHint="Find by name or email"
        columns={COLUMNS}
        rowKey={(user) => user.id}
        rowActions={(user) => <RowMenu name={user.username} actions={menu(user)} />}
        actions={create && <ToolbarItem>{create}</ToolbarItem>}
        empty={{
          icon: UsersIcon,
          title: "No users yet",
          body: "Create a user, add it to a team, and grant the team a role on a collection.",
          action: create,
        }}
      />
      {open?.kind === "create" && <UserModal user={null} onClose={close} />}
      {open?.kind === "edit" && <UserModal user={open.user} onClose={close} />}
      {open?.kind === "password" && <ResetPasswordModal username={open.user.username} onClose={close} />}
      {open?.kind === "deactivate" && <ActivationModal user={open.user} onClose={close} />}
      {open?.kind === "delete" && <DeleteUserModal user={open.user} onClose={close} />}
    </PageFrame>
  );
}

function ActivationModal({ user, onClose }: { user: User; onClose: () => void }) {
  const save = useUpdateUser(user.username);
  return (
    <ConfirmModal
      title={user.is_active ? `Deactivate ${user.username}?` : `Activate ${user.username}?`}
      submit={user.is_active ? "Deactivate" : "Activate"}
      action={() => save.mutateAsync({ is_active: !user.is_active })}
      done={`${user.username} was ${user.is_active ? "deactivated" : "activated"}`}
      onClose={onClose}
    >
      <p>
        {user.is_active
          ? "Sessions, client bundles and open terminals of this user end within a second. Grants and objects stay, and the user can be activated again."
          : "The user can sign in again, and the client bundles work again."}
      </p>
    </ConfirmModal>
  );
}

function DeleteUserModal({ user, onClose }: { user: User; onClose: () => void }) {
  const remove = useDeleteUser();
  return (
    <ConfirmModal
      title={`Delete ${user.username}?`}
      submit="Delete user"
      action={() => remove(user.username)}
      done={`${user.username} was deleted`}
      onClose={onClose}
    >
      <p>
        The account, its memberships, grants and client bundles are removed. What it did stays in the audit log. To only
        stop the user from signing in, deactivate it instead.
      </p>
    </ConfirmModal>
  );
}
