import { Card, CardBody, CardHeader, CardTitle, Content } from "@patternfly/react-core";
import { Link } from "react-router";
import type { AuditEntry } from "@/api/types";
import { useAudit } from "@/features/audit/Entry/queries";
import { Clip, TwoLines } from "@/ui/Clip";
import { DataTable, type Column } from "@/ui/ListPageBody";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { StateLabel } from "@/ui/StateLabel";
import { Time } from "@/ui/Time";

const COLUMNS: readonly Column<AuditEntry>[] = [
  { name: "When", cell: (entry) => <Time value={entry.time} /> },
  { name: "Who", width: 20, cell: (entry) => <Clip text={entry.actor} /> },
  { name: "What", width: 30, cell: (entry) => <TwoLines text={entry.operation} /> },
  { name: "On", width: 25, cell: (entry) => <Clip text={entry.target_name || entry.target_id} /> },
  { name: "Outcome", cell: (entry) => <StateLabel state={entry.outcome} title={entry.reason} /> },
];

/** The last few entries of the audit log, for those who may read it. */
export function RecentAudit() {
  const query = useAudit({ limit: 8, offset: 0 }, 10_000);
  const entries = query.data?.results;
  return (
    <Card isFullHeight>
      <CardHeader actions={{ actions: <Link to="/audit">Whole log</Link>, hasNoOffset: true }}>
        <CardTitle component="h2">Recent activity</CardTitle>
      </CardHeader>
      <CardBody>
        <ProblemAlert error={query.error} title="The audit log could not be read" />
        {(query.isPending || (entries && entries.length > 0)) && (
          <DataTable label="recent activity" columns={COLUMNS} rows={entries} rowKey={(entry) => entry.id} />
        )}
        {entries?.length === 0 && <Content component="p">Nothing has been changed yet.</Content>}
      </CardBody>
    </Card>
  );
}
