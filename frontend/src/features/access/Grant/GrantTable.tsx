import { Button, Card, CardBody, CardHeader, CardTitle, Content } from "@patternfly/react-core";
import { useState } from "react";
import type { Grant } from "@/api/types";
import { CreateGrantModal } from "@/features/access/Grant/CreateGrantModal";
import { DeleteGrantModal } from "@/features/access/Grant/DeleteGrantModal";
import { GRANT_COLUMNS } from "@/features/access/Grant/columns";
import { useGrants } from "@/features/access/Grant/queries";
import { useMayGrant } from "@/features/access/Grant/useMayGrant";
import { DataTable } from "@/ui/ListPageBody";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { RowMenu } from "@/ui/RowMenu";

/** The grants made on one collection itself. */
export function GrantTable({ collection }: { collection: string }) {
  const query = useGrants({ limit: 200, offset: 0, collection });
  const mayGrant = useMayGrant();
  const [isCreating, setCreating] = useState(false);
  const [removing, setRemoving] = useState<Grant | null>(null);
  const grants = query.data?.results;
  return (
    <Card>
      <CardHeader
        actions={{
          actions: mayGrant ? (
            <Button variant="secondary" onClick={() => setCreating(true)}>
              Create grant
            </Button>
          ) : null,
          hasNoOffset: true,
        }}
      >
        <CardTitle component="h2">Grants on this collection</CardTitle>
      </CardHeader>
      <CardBody>
        <ProblemAlert error={query.error} title="The grants could not be read" />
        {(query.isPending || (grants && grants.length > 0)) && (
          <DataTable
            label="grants"
            columns={GRANT_COLUMNS}
            rows={grants}
            rowKey={(grant) => grant.id}
            rowActions={(grant) => (
              <RowMenu
                name={`the grant to ${grant.subject}`}
                actions={[
                  grant.capabilities.delete && { label: "Delete", isDanger: true, onClick: () => setRemoving(grant) },
                ]}
              />
            )}
          />
        )}
        {grants?.length === 0 && (
          <Content component="p">
            No grant is made here that you may see. Grants on collections above this one count here too.
          </Content>
        )}
      </CardBody>
      {isCreating && <CreateGrantModal collection={collection} onClose={() => setCreating(false)} />}
      {removing && <DeleteGrantModal grant={removing} onClose={() => setRemoving(null)} />}
    </Card>
  );
}
