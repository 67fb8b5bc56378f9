import { Content, Label } from "@patternfly/react-core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import type { Bundle, Page } from "@/api/types";
import { useDeleteBundle } from "@/features/certificates/Bundle/queries";
import { Clip } from "@/ui/Clip";
import { ConfirmModal } from "@/ui/ConfirmModal";
import { DataTable, type Column } from "@/ui/ListPageBody";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { RowMenu } from "@/ui/RowMenu";
import { Time } from "@/ui/Time";

const COLUMNS: readonly Column<Bundle>[] = [
  { name: "Name", width: 20, cell: (bundle) => <Clip text={bundle.name} /> },
  {
    name: "Expires",
    cell: (bundle) =>
      Date.parse(bundle.expires_at) < Date.now() ? (
        <Label isCompact status="warning">
          expired
        </Label>
      ) : (
        <Time value={bundle.expires_at} />
      ),
  },
  { name: "Created", cell: (bundle) => <Time value={bundle.created_at} /> },
  {
    name: "Last used",
    cell: (bundle) => (
      <span>
        <Time value={bundle.last_used_at} />
        {bundle.last_address ? ` from ${bundle.last_address}` : ""}
      </span>
    ),
  },
];

/** The client bundles of one account, each with its end. */
export function BundleTable({ query, empty }: { query: UseQueryResult<Page<Bundle>>; empty: string }) {
  const remove = useDeleteBundle();
  const [removing, setRemoving] = useState<Bundle | null>(null);
  const bundles = query.data?.results;
  return (
    <>
      <ProblemAlert error={query.error} title="The bundles could not be read" />
      {(query.isPending || (bundles && bundles.length > 0)) && (
        <DataTable
          label="client bundles"
          columns={COLUMNS}
          rows={bundles}
          rowKey={(bundle) => bundle.id}
          rowActions={(bundle) => (
            <RowMenu
              name={bundle.name}
              actions={[
                bundle.capabilities.delete && { label: "Delete", isDanger: true, onClick: () => setRemoving(bundle) },
              ]}
            />
          )}
        />
      )}
      {bundles?.length === 0 && <Content component="p">{empty}</Content>}
      {removing && (
        <ConfirmModal
          title={`Delete the bundle ${removing.name}?`}
          submit="Delete bundle"
          action={() => remove(removing.id)}
          done={`The bundle ${removing.name} was deleted`}
          onClose={() => setRemoving(null)}
        >
          <p>Whatever uses it is refused within a second, open connections included. It cannot be brought back.</p>
        </ConfirmModal>
      )}
    </>
  );
}
