import { Button, ToolbarItem } from "@patternfly/react-core";
import KeyIcon from "@patternfly/react-icons/dist/esm/icons/key-icon";
import { useState } from "react";
import type { Grant } from "@/api/types";
import { CreateGrantModal } from "@/features/access/Grant/CreateGrantModal";
import { DeleteGrantModal } from "@/features/access/Grant/DeleteGrantModal";
import { GRANT_COLUMNS } from "@/features/access/Grant/columns";
import { useGrants } from "@/features/access/Grant/queries";
import { useMayGrant } from "@/features/access/Grant/useMayGrant";
import { FilterText } from "@/ui/Filters";
import { ListPageBody } from "@/ui/ListPageBody";
import { PageFrame } from "@/ui/PageFrame";
import { RowMenu } from "@/ui/RowMenu";
import { useListParams } from "@/ui/useListParams";

const FILTERS = ["subject", "collection"] as const;

export function GrantListPage() {
  const params = useListParams(FILTERS);
  const { search: _unused, ...filters } = params.query;
  const query = useGrants(filters);
  const mayGrant = useMayGrant();
  const [isCreating, setCreating] = useState(false);
  const [removing, setRemoving] = useState<Grant | null>(null);
  const create = mayGrant && <Button onClick={() => setCreating(true)}>Create grant</Button>;
  return (
    <PageFrame
      title="Grants"
      description="Who has which role where. Nothing is allowed without a grant; grants add up, and none takes away."
    >
      <ListPageBody
        label="grants"
        query={query}
        params={params}
        columns={GRANT_COLUMNS}
        rowKey={(grant) => grant.id}
        rowActions={(grant) => (
          <RowMenu
            name={`the grant to ${grant.subject}`}
            actions={[
              grant.capabilities.delete && { label: "Delete", isDanger: true, onClick: () => setRemoving(grant) },
            ]}
          />
        )}
        filters={
          <>
            <FilterText
              label="Subject"
              value={params.filters.subject}
              onChange={(subject) => params.set({ subject })}
              placeholder="team:acme/payments"
            />
            <FilterText
              label="Collection"
              value={params.filters.collection}
              onChange={(collection) => params.set({ collection })}
              placeholder="/Shared/payments"
            />
          </>
        }
        actions={create && <ToolbarItem alignSelf="end">{create}</ToolbarItem>}
        empty={{
          icon: KeyIcon,
          title: "No grants that you may see",
          body: "A grant gives a user, team or organisation a role on a collection and everything below it.",
          action: create,
        }}
      />
      {isCreating && <CreateGrantModal onClose={() => setCreating(false)} />}
      {removing && <DeleteGrantModal grant={removing} onClose={() => setRemoving(null)} />}
    </PageFrame>
  );
}
