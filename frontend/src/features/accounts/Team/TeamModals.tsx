import type { Team } from "@/api/types";
import { DepartureModal } from "@/features/accounts/DepartureModal";
import { EditModal } from "@/features/accounts/Organization/EditModal";
import { previewTeamDeletion, useOrganizationActions } from "@/features/accounts/Organization/queries";

interface EditProps {
  team: Team;
  onSaved?: (name: string) => void;
  onClose: () => void;
}

export function EditTeamModal({ team, onSaved = () => undefined, onClose }: EditProps) {
  const { updateTeam } = useOrganizationActions();
  return (
    <EditModal
      title={`${team.organization}/${team.name}`}
      name={team.name}
      text={team.description}
      textField="description"
      textLabel="Description"
      note="Members and grants come along."
      save={(changes) => updateTeam(team.organization, team.name, changes)}
      onSaved={onSaved}
      onClose={onClose}
    />
  );
}

export function RemoveTeamModal(props: {
  organization: string;
  team: string;
  onDone?: () => void;
  onClose: () => void;
}) {
  const { organization, team } = props;
  const { removeTeam } = useOrganizationActions();
  return (
    <DepartureModal
      title={`Delete team ${team}?`}
      description={`Its members stay members of ${organization}.`}
      submit="Delete team"
      done={`${organization}/${team} was deleted`}
      preview={() => previewTeamDeletion(organization, team)}
      action={() => removeTeam(organization, team)}
      onDone={props.onDone}
      onClose={props.onClose}
    />
  );
}
