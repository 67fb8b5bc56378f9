import { Button, Card, CardBody, CardHeader, CardTitle, Checkbox, Content, Label } from "@patternfly/react-core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import type { Member, Page } from "@/api/types";
import { SubjectLink } from "@/features/access/Grant/columns";
import { useAction } from "@/features/accounts/Organization/queries";
import { useUsers } from "@/features/accounts/User/queries";
import { Choice } from "@/ui/Choice";
import { Clip } from "@/ui/Clip";
import { ConfirmModal } from "@/ui/ConfirmModal";
import { FormModal } from "@/ui/FormModal";
import { DataTable, type Column } from "@/ui/ListPageBody";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { RowMenu } from "@/ui/RowMenu";
import { useToasts } from "@/ui/Toasts";

interface Props {
  /** "acme" or "acme/payments": whose members these are. */
  group: string;
  query: UseQueryResult<Page<Member>>;
  mayChange: boolean;
  set: (username: string, isAdmin: boolean) => Promise<unknown>;
  remove: (username: string) => Promise<unknown>;
  /** Who may be added; where it is absent, every user, searched on the server. */
  candidates?: readonly Member[];
}

const COLUMNS: readonly Column<Member>[] = [
  {
    name: "User name",
    width: 30,
    cell: (member) => <SubjectLink kind="user" name={member.username} />,
  },
  { name: "Full name", width: 40, cell: (member) => <Clip text={member.full_name} /> },
  {
    name: "Role",
    cell: (member) =>
      member.is_admin ? (
        <Label isCompact color="purple">
          administrator
        </Label>
      ) : (
        "member"
      ),
  },
];

/** The members of an organisation or a team, with what the caller may change about them. */
export function MemberTable({ group, query, mayChange, set, remove, candidates }: Props) {
  const toasts = useToasts();
  const [isAdding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Member | null>(null);
  const toggle = useAction((member: Member) => set(member.username, !member.is_admin));
  const members = query.data?.results;
  return (
    <Card>
      <CardHeader
        actions={{
          actions: mayChange ? (
            <Button variant="secondary" onClick={() => setAdding(true)}>
              Add member
            </Button>
          ) : null,
          hasNoOffset: true,
        }}
      >
        <CardTitle component="h2">Members</CardTitle>
      </CardHeader>
      <CardBody>
        <ProblemAlert error={query.error} title="The members could not be read" />
        {(query.isPending || (members && members.length > 0)) && (
          <DataTable
            label="members"
            columns={COLUMNS}
            rows={members}
            rowKey={(member) => member.username}
            rowActions={
              mayChange
                ? (member) => (
                    <RowMenu
                      name={member.username}
                      actions={[
                        {
                          label: member.is_admin ? "Make an ordinary member" : "Make an administrator here",
                          onClick: () =>
                            toggle.mutate(member, {
                              onError: (error) => toasts.failure("The member was not changed", error),
                            }),
                        },
                        { label: "Remove", isDanger: true, onClick: () => setRemoving(member) },
                      ]}
                    />
                  )
                : undefined
            }
          />
        )}
        {members?.length === 0 && <Content component="p">Nobody is a member yet.</Content>}
      </CardBody>
      {isAdding && (
        <AddMemberModal
          group={group}
          present={new Set(members?.map((member) => member.username))}
          candidates={candidates}
          set={set}
          onClose={() => setAdding(false)}
        />
      )}
      {removing && (
        <ConfirmModal
          title={`Remove ${removing.username} from ${group}?`}
          submit="Remove member"
          action={() => remove(removing.username)}
          done={`${removing.username} is no longer a member of ${group}`}
          onClose={() => setRemoving(null)}
        >
          <p>
            What {removing.username} could do through {group} ends within a second, open terminals and logs included.
          </p>
        </ConfirmModal>
      )}
    </Card>
  );
}

function AddMemberModal({
  group,
  present,
  candidates,
  set,
  onClose,
}: {
  group: string;
  present: ReadonlySet<string>;
  candidates?: readonly Member[];
  set: (username: string, isAdmin: boolean) => Promise<unknown>;
  onClose: () => void;
}) {
  const [username, setUsername] = useState("");
  const [search, setSearch] = useState("");
  const [isAdmin, setAdmin] = useState(false);
  const users = useUsers({ limit: 50, ...(search && { search }) }, candidates === undefined);
  const add = useAction(() => set(username, isAdmin));
  const toasts = useToasts();
  const offered = (candidates ?? users.data?.results ?? []).filter((user) => !present.has(user.username));
  return (
    <FormModal
      title={`Add a member to ${group}`}
      submit="Add member"
      isPending={add.isPending}
      isDisabled={!username}
      error={add.error}
      onSubmit={() =>
        add.mutate(undefined, {
          onSuccess: () => {
            toasts.success(`${username} is a member of ${group}`);
            onClose();
          },
        })
      }
      onClose={onClose}
    >
      <Choice
        label="User"
        options={offered.map((user) => ({ value: user.username, description: user.full_name || undefined }))}
        value={username}
        onChange={setUsername}
        onSearch={setSearch}
        placeholder="Type to search"
        isRequired
      />
      <Checkbox
        id="member-is-admin"
        label="Administrator here"
        description="May manage members and teams of this group."
        isChecked={isAdmin}
        onChange={(_, checked) => setAdmin(checked)}
      />
    </FormModal>
  );
}
