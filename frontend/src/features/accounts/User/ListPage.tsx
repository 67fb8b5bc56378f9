import {
  Alert,
  Button,
  Dropdown,
  DropdownItem,
  DropdownList,
  Label,
  LabelGroup,
  MenuToggle,
  PageSection,
  ToolbarItem,
} from "@patternfly/react-core";
import UsersIcon from "@patternfly/react-icons/dist/esm/icons/users-icon";
import { useState } from "react";
import { Link } from "react-router";
import type { User } from "@/api/types";
import { useSession } from "@/features/accounts/Session/queries";
import { ImportUsersModal } from "@/features/accounts/User/ImportUsersModal";
import { UserModal } from "@/features/accounts/User/UserModal";
import { UserActionModal, userActions, type UserAction } from "@/features/accounts/User/actions";
import { useRunningImport, useUsers } from "@/features/accounts/User/queries";
import { Clip } from "@/ui/Clip";
import { ListPageBody, type Column } from "@/ui/ListPageBody";
import { PageFrame } from "@/ui/PageFrame";
import { RowMenu } from "@/ui/RowMenu";
import { Time } from "@/ui/Time";
import { useListParams } from "@/ui/useListParams";

const EXPORT = "/api/v1/users/export";

const COLUMNS: readonly Column<User>[] = [
  {
    name: "User name",
    width: 20,
    cell: (user) => (
      <Link to={`/users/${user.username}`} className="qd-clip" title={user.username}>
        {user.username}
      </Link>
    ),
  },
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

type Open = { kind: "create" } | { kind: "import"; jobId?: string } | { kind: UserAction; user: User } | null;

export function UserListPage() {
  const { capabilities, user: self } = useSession();
  const params = useListParams();
  const query = useUsers(params.query);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const running = useRunningImport(Boolean(capabilities.create_user)).data;
  const create = capabilities.create_user && <Button onClick={() => setOpen({ kind: "create" })}>Create user</Button>;
  return (
    <PageFrame title="Users" description="The people who may sign in. What they may do comes from grants.">
      {running && (
        <PageSection>
          <Alert
            component="p"
            isInline
            variant="info"
            title={`${running.actor} imports users: ${running.progress} %. ${running.message}`}
            actionLinks={
              <Button variant="link" isInline onClick={() => setOpen({ kind: "import", jobId: running.id })}>
                Show the import
              </Button>
            }
          />
        </PageSection>
      )}
      <ListPageBody
        label="users"
        query={query}
        params={params}
        searchHint="Find by name or email"
        columns={COLUMNS}
        rowKey={(user) => user.id}
        rowActions={(user) => (
          <RowMenu name={user.username} actions={userActions(user, self.username, (kind) => setOpen({ kind, user }))} />
        )}
        actions={
          <>
            {create && <ToolbarItem>{create}</ToolbarItem>}
            {capabilities.create_user && (
              <ToolbarItem>
                <Button variant="secondary" onClick={() => setOpen({ kind: "import" })}>
                  Import
                </Button>
              </ToolbarItem>
            )}
            {(capabilities.administrator || capabilities.view_accounts) && (
              <ToolbarItem>
                <ExportMenu />
              </ToolbarItem>
            )}
          </>
        }
        empty={{
          icon: UsersIcon,
          title: "No users yet",
          body: "Create a user, add it to a team, and grant the team a role on a collection.",
          action: create,
        }}
      />
      {open?.kind === "create" && <UserModal user={null} onClose={close} />}
      {open?.kind === "import" && <ImportUsersModal jobId={open.jobId} onClose={close} />}
      {open && "user" in open && <UserActionModal user={open.user} action={open.kind} onClose={close} />}
    </PageFrame>
  );
}

/** All users as a file, in either form that the import takes. */
function ExportMenu() {
  const [isOpen, setOpen] = useState(false);
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      shouldFocusFirstItemOnOpen
      shouldFocusToggleOnSelect
      toggle={(ref) => (
        <MenuToggle ref={ref} onClick={() => setOpen(!isOpen)} isExpanded={isOpen}>
          Export
        </MenuToggle>
      )}
    >
      <DropdownList>
        <DropdownItem to={`${EXPORT}?format=csv`} download="users.csv">
          CSV, for a spreadsheet
        </DropdownItem>
        <DropdownItem to={`${EXPORT}?format=json`} download="users.json">
          JSON
        </DropdownItem>
      </DropdownList>
    </Dropdown>
  );
}
