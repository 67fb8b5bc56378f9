import { Button, Checkbox, ToolbarItem } from "@patternfly/react-core";
import KeyIcon from "@patternfly/react-icons/dist/esm/icons/key-icon";
import { useState } from "react";
import type { Grant } from "@/api/types";
import { useCollectionOptions } from "@/features/access/Collection/CollectionChoice";
import { CreateGrantModal } from "@/features/access/Grant/CreateGrantModal";
import { DeleteGrantModal } from "@/features/access/Grant/DeleteGrantModal";
import { EditGrantModal } from "@/features/access/Grant/EditGrantModal";
import { GRANT_COLUMNS } from "@/features/access/Grant/columns";
import { useGrants, useSubjects } from "@/features/access/Grant/queries";
import { useUserOptions } from "@/features/access/Grant/SubjectChoice";
import { useMayGrant } from "@/features/access/Grant/useMayGrant";
import { useRoles } from "@/features/access/Role/queries";
import { FilterChoice, FilterSelect } from "@/ui/Filters";
import { ListPageBody } from "@/ui/ListPageBody";
import { PageFrame } from "@/ui/PageFrame";
import { RowMenu } from "@/ui/RowMenu";
import { useListParams } from "@/ui/useListParams";

const FILTERS = ["subject", "role", "collection", "ending", "created_by", "only"] as const;

const DAY_MILLISECONDS = 86_400_000;
const ENDINGS: Readonly<Record<string, number>> = { "a day": 1, "a week": 7, "a month": 30, "a year": 365 };

export function GrantListPage() {
  const params = useListParams(FILTERS);
  const { subject, role, collection, ending, created_by, only } = params.filters;
  const [opened] = useState(() => Date.now());
  const isDirectOnly = only !== "";
  const days = ENDINGS[ending];
  const query = useGrants({
    limit: params.query.limit,
    offset: params.query.offset,
    ...(params.search && { search: params.search }),
    ...(subject && { subject, expand: !isDirectOnly && subject.startsWith("user:") }),
    ...(role && { role }),
    ...(collection && { collection, inherited: !isDirectOnly }),
    ...(days && { expiring_before: new Date(opened + days * DAY_MILLISECONDS).toISOString() }),
    ...(created_by && { created_by }),
  });
  const roles = useRoles();
  const mayGrant = useMayGrant();
  const [isCreating, setCreating] = useState(false);
  const [editing, setEditing] = useState<Grant | null>(null);
  const [removing, setRemoving] = useState<Grant | null>(null);
  const create = mayGrant && <Button onClick={() => setCreating(true)}>Create grant</Button>;
  return (
    <PageFrame
      title="Grants"
      description="Who has which role where. Nothing is allowed without a grant; grants add up, and none takes away."
      actions={create}
    >
      <ListPageBody
        label="grants"
        query={query}
        params={params}
        searchHint="Find by any name or comment"
        columns={GRANT_COLUMNS}
        rowKey={(grant) => grant.id}
        rowActions={(grant) => (
          <RowMenu
            name={`the grant to ${grant.subject}`}
            actions={[
              grant.capabilities.update && { label: "Change the end or comment", onClick: () => setEditing(grant) },
              grant.capabilities.delete && { label: "Delete", isDanger: true, onClick: () => setRemoving(grant) },
            ]}
          />
        )}
        filters={
          <>
            <SubjectFilter value={subject} onChange={(value) => params.set({ subject: value })} />
            <FilterChoice
              label="Role"
              options={(roles.data?.results ?? []).map(({ name, description }) => ({ value: name, description }))}
              value={role}
              onChange={(value) => params.set({ role: value })}
              placeholder="any"
            />
            <CollectionFilter value={collection} onChange={(value) => params.set({ collection: value })} />
            <FilterSelect
              label="Ends within"
              options={Object.keys(ENDINGS)}
              value={ending}
              onChange={(value) => params.set({ ending: value })}
            />
            <MakerFilter value={created_by} onChange={(value) => params.set({ created_by: value })} />
            {(subject || collection) && (
              <ToolbarItem alignSelf="end">
                <Checkbox
                  id="grants-direct"
                  label="Also through groups, and from collections above"
                  isChecked={!isDirectOnly}
                  onChange={(_, isChecked) => params.set({ only: isChecked ? "" : "direct" })}
                />
              </ToolbarItem>
            )}
          </>
        }
        empty={{
          icon: KeyIcon,
          title: "No grants that you may see",
          body: "A grant gives a user, team, organisation or service account a role on a collection and everything below it. Make one for a team first: people come and go, and the grant stays right.",
          action: create,
        }}
      />
      {isCreating && <CreateGrantModal onClose={() => setCreating(false)} />}
      {editing && <EditGrantModal grant={editing} onClose={() => setEditing(null)} />}
      {removing && <DeleteGrantModal grant={removing} onClose={() => setRemoving(null)} />}
    </PageFrame>
  );
}

interface FilterProps {
  value: string;
  onChange: (value: string) => void;
}

/** Anybody to whom grants are made, of whatever kind. */
function SubjectFilter(props: FilterProps) {
  const [search, setSearch] = useState("");
  const found = useSubjects(search);
  const options = (found.data?.results ?? []).map((each) => ({
    value: each.subject,
    description: each.full_name || undefined,
  }));
  return (
    <FilterChoice
      label="Who"
      options={options}
      onSearch={setSearch}
      isSearching={found.isFetching}
      placeholder="anybody"
      {...props}
    />
  );
}

function CollectionFilter(props: FilterProps) {
  const [search, setSearch] = useState("");
  const found = useCollectionOptions(search);
  return <FilterChoice label="Collection" {...found} onSearch={setSearch} placeholder="any" {...props} />;
}

function MakerFilter(props: FilterProps) {
  const [search, setSearch] = useState("");
  const found = useUserOptions(search);
  return <FilterChoice label="Made by" {...found} onSearch={setSearch} placeholder="anybody" {...props} />;
}
