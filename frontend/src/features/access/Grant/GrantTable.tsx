import { Button, Card, CardBody, CardHeader, CardTitle, Content } from "@patternfly/react-core";
import { useState } from "react";
import type { Grant } from "@/api/types";
import { CreateGrantModal } from "@/features/access/Grant/CreateGrantModal";
import { EditGrantModal } from "@/features/access/Grant/EditGrantModal";
import { DeleteGrantModal } from "@/features/access/Grant/DeleteGrantModal";
import { GRANT_COLUMNS, SHORT_GRANT_COLUMNS } from "@/features/access/Grant/columns";
import { useGrants } from "@/features/access/Grant/queries";
import { useMayGrant } from "@/features/access/Grant/useMayGrant";
import { DataTable } from "@/ui/ListPageBody";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { RowMenu } from "@/ui/RowMenu";

interface Props {
  title?: string;
  /** Said where there is none. */
  empty?: string;
  collection?: string;
  role?: string;
  subject?: string;
  /** Only what was granted, and where: for a narrow place. */
  isShort?: boolean;
}

/** The grants on one collection, of one role or to one subject; with what reaches a user through groups. */
export function GrantTable({ title = "Grants", empty, collection, role, subject, isShort = false }: Props) {
  const query = useGrants({
    limit: 200,
    offset: 0,
    ...(collection && { collection, inherited: true }),
    ...(role && { role }),
    ...(subject && { subject, expand: subject.startsWith("user:") }),
  });
  const mayGrant = useMayGrant();
  const [isCreating, setCreating] = useState(false);
  const [editing, setEditing] = useState<Grant | null>(null);
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
        <CardTitle component="h2">{title}</CardTitle>
      </CardHeader>
      <CardBody>
        <ProblemAlert error={query.error} title="The grants could not be read" />
        {(query.isPending || (grants && grants.length > 0)) && (
          <DataTable
            label="grants"
            columns={isShort ? SHORT_GRANT_COLUMNS : GRANT_COLUMNS}
            rows={grants}
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
          />
        )}
        {grants?.length === 0 && <Content component="p">{empty ?? "No grant that you may see."}</Content>}
      </CardBody>
      {isCreating && (
        <CreateGrantModal collection={collection} role={role} subject={subject} onClose={() => setCreating(false)} />
      )}
      {editing && <EditGrantModal grant={editing} onClose={() => setEditing(null)} />}
      {removing && <DeleteGrantModal grant={removing} onClose={() => setRemoving(null)} />}
    </Card>
  );
}
