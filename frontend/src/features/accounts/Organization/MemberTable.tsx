import { Button, Checkbox, Label } from "@patternfly/react-core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import type { AccessEffect, Member, Page } from "@/api/types";
import { PreviewedEffect } from "@/features/access/AccessEffect";
import { SubjectLink } from "@/features/access/Grant/columns";
import { UserChoice } from "@/features/access/Grant/SubjectChoice";
import { useSession } from "@/features/accounts/Session/queries";
import { useAction } from "@/features/accounts/Organization/queries";
import { Clip } from "@/ui/Clip";
import { ConfirmModal } from "@/ui/ConfirmModal";
import { FormModal } from "@/ui/FormModal";
import type { Column } from "@/ui/ListPageBody";
import { RowMenu } from "@/ui/RowMenu";
import { TableCard } from "@/ui/TableCard";
import { useToasts } from "@/ui/Toasts";
import type { Paging } from "@/ui/usePaging";

interface Props {
  /** "acme" or "acme/payments": whose members these are. */
  group: string;
  query: UseQueryResult<Page<Member>>;
  paging: Paging;
  mayChange: boolean;
  set: (username: string, isAdmin: boolean) => Promise<unknown>;
  remove: (username: string) => Promise<unknown>;
  /** What each would do to what people may do; they change nothing. */
  previewSet: (username: string, isAdmin: boolean) => Promise<AccessEffect>;
  previewRemove: (username: string) => Promise<AccessEffect>;
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
export function MemberTable({ group, query, paging, mayChange, set, remove, ...previews }: Props) {
  const toasts = useToasts();
  const [isAdding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Member | null>(null);
  const toggle = useAction((member: Member) => set(member.username, !member.is_admin));
  const menu = (member: Member) => (
    <RowMenu
      name={member.username}
      actions={[
        {
          label: member.is_admin ? "Make an ordinary member" : "Make an administrator here",
          onClick: () =>
            toggle.mutate(member, { onError: (error) => toasts.failure("The member was not changed", error) }),
        },
        { label: "Remove", isDanger: true, onClick: () => setRemoving(member) },
      ]}
    />
  );
  return (
    <TableCard
      title="Members"
      label="members"
      actions={
        mayChange ? (
          <Button variant="secondary" onClick={() => setAdding(true)}>
            Add member
          </Button>
        ) : null
      }
      query={query}
      paging={paging}
      searchHint="Find a member"
      columns={COLUMNS}
      rowKey={(member) => member.username}
      rowActions={mayChange ? menu : undefined}
      empty="Nobody is a member yet. What is granted to the group holds for each of its members, from the second they are added."
    >
      {isAdding && (
        <AddMemberModal group={group} set={set} preview={previews.previewSet} onClose={() => setAdding(false)} />
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
          <PreviewedEffect
            change={["member", group, removing.username, "remove"]}
            preview={() => previews.previewRemove(removing.username)}
          />
        </ConfirmModal>
      )}
    </TableCard>
  );
}

function AddMemberModal(props: {
  group: string;
  set: Props["set"];
  preview: Props["previewSet"];
  onClose: () => void;
}) {
  const { group, set, onClose } = props;
  const [username, setUsername] = useState("");
  const [isAdmin, setAdmin] = useState(false);
  const { capabilities } = useSession();
  const add = useAction(() => set(username, isAdmin));
  const toasts = useToasts();
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
      <UserChoice
        value={username}
        onChange={setUsername}
        // Who sees no accounts but fellow members still adds others, by a name they were told.
        acceptsUnseen={!capabilities.administrator && !capabilities.view_accounts}
        autoFocus
      />
      <Checkbox
        id="member-is-admin"
        label="Administrator here"
        description={
          group.includes("/")
            ? "May manage the members of this team."
            : "May manage members, teams and service accounts of this organisation."
        }
        isChecked={isAdmin}
        onChange={(_, checked) => setAdmin(checked)}
      />
      {username && (
        <PreviewedEffect
          change={["member", group, username, isAdmin]}
          preview={() => props.preview(username, isAdmin)}
        />
      )}
    </FormModal>
  );
}
