import { Button } from "@patternfly/react-core";
import { useState } from "react";
import type { Grant } from "@/api/types";
import { CreateGrantModal } from "@/features/access/Grant/CreateGrantModal";
import { EditGrantModal } from "@/features/access/Grant/EditGrantModal";
import { DeleteGrantModal } from "@/features/access/Grant/DeleteGrantModal";
import { GRANT_COLUMNS, SHORT_GRANT_COLUMNS } from "@/features/access/Grant/columns";
import { useGrants } from "@/features/access/Grant/queries";
import { useMayGrant } from "@/features/access/Grant/useMayGrant";
import { RowMenu } from "@/ui/RowMenu";
import { TableCard } from "@/ui/TableCard";
import { usePaging } from "@/ui/usePaging";

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
  const paging = usePaging();
  const query = useGrants({
    ...paging.query,
    ...(collection && { collection, inherited: true }),
    ...(role && { role }),
    ...(subject && { subject, expand: subject.startsWith("user:") }),
  });
  const mayGrant = useMayGrant(subject);
  const [isCreating, setCreating] = useState(false);
  const [editing, setEditing] = useState<Grant | null>(null);
  const [removing, setRemoving] = useState<Grant | null>(null);
  return (
    <TableCard
      title={title}
      label="grants"
      actions={
        mayGrant ? (
          <Button variant="secondary" onClick={() => setCreating(true)}>
            Create grant
          </Button>
        ) : null
      }
      query={query}
      paging={paging}
      searchHint="Find a grant"
      columns={isShort ? SHORT_GRANT_COLUMNS : GRANT_COLUMNS}
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
      empty={empty ?? "No grant that you may see."}
    >
      {isCreating && (
        <CreateGrantModal place={collection} role={role} subject={subject} onClose={() => setCreating(false)} />
      )}
      {editing && <EditGrantModal grant={editing} onClose={() => setEditing(null)} />}
      {removing && <DeleteGrantModal grant={removing} onClose={() => setRemoving(null)} />}
    </TableCard>
  );
}
