import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { Link } from "react-router";
import { asApiError } from "@/api/problem";
import type { Team } from "@/api/types";
import { useAction, useOrganizationActions, useTeams } from "@/features/accounts/Organization/queries";
import { EditTeamModal, RemoveTeamModal } from "@/features/accounts/Team/TeamModals";
import { Clip } from "@/ui/Clip";
import { FormModal } from "@/ui/FormModal";
import type { Column } from "@/ui/ListPageBody";
import { RowMenu } from "@/ui/RowMenu";
import { TableCard } from "@/ui/TableCard";
import { TextField } from "@/ui/TextField";
import { useToasts } from "@/ui/Toasts";
import { usePaging } from "@/ui/usePaging";

export function TeamTable({ organization, mayCreate }: { organization: string; mayCreate: boolean }) {
  const paging = usePaging();
  const query = useTeams(organization, paging.query);
  const [isCreating, setCreating] = useState(false);
  const [editing, setEditing] = useState<Team | null>(null);
  const [removing, setRemoving] = useState<Team | null>(null);
  const columns: readonly Column<Team>[] = [
    {
      name: "Team",
      width: 30,
      cell: (team) => (
        <Link to={`/organizations/${organization}/teams/${team.name}`}>
          <Clip text={team.name} />
        </Link>
      ),
    },
    { name: "Description", width: 40, cell: (team) => <Clip text={team.description} /> },
    { name: "Members", cell: (team) => team.members_count },
  ];
  return (
    <TableCard
      title="Teams"
      label="teams"
      actions={
        mayCreate ? (
          <Button variant="secondary" onClick={() => setCreating(true)}>
            Create team
          </Button>
        ) : null
      }
      query={query}
      paging={paging}
      searchHint="Find a team"
      columns={columns}
      rowKey={(team) => team.id}
      rowActions={(team) => (
        <RowMenu
          name={team.name}
          actions={[
            team.capabilities.update && { label: "Edit or rename", onClick: () => setEditing(team) },
            team.capabilities.delete && { label: "Delete", isDanger: true, onClick: () => setRemoving(team) },
          ]}
        />
      )}
      empty="No teams yet. A team is the usual subject of a grant: people come and go, it stays."
    >
      {isCreating && <CreateTeamModal organization={organization} onClose={() => setCreating(false)} />}
      {editing && <EditTeamModal team={editing} onClose={() => setEditing(null)} />}
      {removing && (
        <RemoveTeamModal organization={organization} team={removing.name} onClose={() => setRemoving(null)} />
      )}
    </TableCard>
  );
}

function CreateTeamModal({ organization, onClose }: { organization: string; onClose: () => void }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const { createTeam } = useOrganizationActions();
  const create = useAction((team: { name: string; description: string }) => createTeam(organization, team));
  const toasts = useToasts();
  const problem = create.error ? asApiError(create.error) : null;
  return (
    <FormModal
      title={`Create a team in ${organization}`}
      submit="Create team"
      isPending={create.isPending}
      isDisabled={!name.trim()}
      error={problem}
      shownFields={["name", "description"]}
      onSubmit={() =>
        create.mutate(
          { name: name.trim(), description: description.trim() },
          {
            onSuccess: () => {
              toasts.success(`${organization}/${name.trim()} was created`);
              onClose();
            },
          },
        )
      }
      onClose={onClose}
    >
      <TextField
        help="Lower-case letters and digits, with single . _ or - between them."
        label="Name"
        value={name}
        onChange={setName}
        error={problem?.field("name")}
        isRequired
        autoFocus
      />
      <TextField
        label="Description"
        value={description}
        onChange={setDescription}
        error={problem?.field("description")}
      />
    </FormModal>
  );
}
