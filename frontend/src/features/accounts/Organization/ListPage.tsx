import { Button, Label, ToolbarItem } from "@patternfly/react-core";
import BuildingIcon from "@patternfly/react-icons/dist/esm/icons/building-icon";
import { useState } from "react";
import { Link } from "react-router";
import { asApiError } from "@/api/problem";
import type { Organization } from "@/api/types";
import { useAction, useOrganizationActions, useOrganizations } from "@/features/accounts/Organization/queries";
import { RemoveOrganizationModal } from "@/features/accounts/Organization/RemoveOrganizationModal";
import { useSession } from "@/features/accounts/Session/queries";
import { Clip } from "@/ui/Clip";
import { FormModal } from "@/ui/FormModal";
import { ListPageBody, type Column } from "@/ui/ListPageBody";
import { PageFrame } from "@/ui/PageFrame";
import { RowMenu } from "@/ui/RowMenu";
import { TextField } from "@/ui/TextField";
import { Time } from "@/ui/Time";
import { useToasts } from "@/ui/Toasts";
import { useListParams } from "@/ui/useListParams";

const COLUMNS: readonly Column<Organization>[] = [
  {
    name: "Name",
    width: 25,
    cell: (organization) => (
      <span>
        <Link to={`/organizations/${organization.name}`}>
          <Clip text={organization.name} />
        </Link>{" "}
        {organization.is_builtin && (
          <Label isCompact variant="outline">
            built in
          </Label>
        )}
      </span>
    ),
  },
  { name: "Full name", width: 30, cell: (organization) => <Clip text={organization.full_name} /> },
  { name: "Members", cell: (organization) => organization.members_count },
  { name: "Teams", cell: (organization) => organization.teams_count },
  { name: "Created", cell: (organization) => <Time value={organization.created_at} /> },
];

export function OrganizationListPage() {
  const { capabilities } = useSession();
  const params = useListParams();
  const query = useOrganizations(params.query);
  const [isCreating, setCreating] = useState(false);
  const [removing, setRemoving] = useState<Organization | null>(null);
  const create = capabilities.create_organization && (
    <Button onClick={() => setCreating(true)}>Create organisation</Button>
  );
  return (
    <PageFrame title="Organisations" description="Groups of people with teams, to which roles are granted.">
      <ListPageBody
        label="organisations"
        query={query}
        params={params}
        searchHint="Find by name"
        columns={COLUMNS}
        rowKey={(organization) => organization.id}
        rowActions={(organization) => (
          <RowMenu
            name={organization.name}
            actions={[
              organization.capabilities.delete && {
                label: "Delete",
                isDanger: true,
                onClick: () => setRemoving(organization),
              },
            ]}
          />
        )}
        actions={create && <ToolbarItem>{create}</ToolbarItem>}
        empty={{
          icon: BuildingIcon,
          title: "No organisations",
          body: "An organisation owns teams; granting to a team spares you granting to each of its people.",
          action: create,
        }}
      />
      {isCreating && <CreateOrganizationModal onClose={() => setCreating(false)} />}
      {removing && <RemoveOrganizationModal organization={removing} onClose={() => setRemoving(null)} />}
    </PageFrame>
  );
}

function CreateOrganizationModal({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [fullName, setFullName] = useState("");
  const create = useAction(useOrganizationActions().create);
  const toasts = useToasts();
  const problem = create.error ? asApiError(create.error) : null;
  return (
    <FormModal
      title="Create organisation"
      submit="Create organisation"
      isPending={create.isPending}
      isDisabled={!name.trim()}
      error={problem}
      shownFields={["name", "full_name"]}
      onSubmit={() =>
        create.mutate(
          { name: name.trim(), full_name: fullName.trim() },
          {
            onSuccess: () => {
              toasts.success(`${name.trim()} was created`);
              onClose();
            },
          },
        )
      }
      onClose={onClose}
    >
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        help="Lower-case letters and digits, with single . _ or - between them. Users and organisations share one set of names."
        error={problem?.field("name")}
        isRequired
        autoFocus
      />
      <TextField label="Full name" value={fullName} onChange={setFullName} error={problem?.field("full_name")} />
    </FormModal>
  );
}
