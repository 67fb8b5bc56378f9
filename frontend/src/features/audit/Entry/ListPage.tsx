import {
  Button,
  Drawer,
  DrawerContent,
  DrawerContentBody,
  PageSection,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import HistoryIcon from "@patternfly/react-icons/dist/esm/icons/history-icon";
import { useState } from "react";
import type { AuditEntry } from "@/api/types";
import { useSession } from "@/features/accounts/Session/queries";
import { AuditFilters } from "@/features/audit/Entry/AuditFilters";
import { EntryPanel } from "@/features/audit/Entry/EntryPanel";
import { LogAlerts, LogLabels } from "@/features/audit/Entry/LogState";
import { exportAddress, useAudit, type AuditQuery } from "@/features/audit/Entry/queries";
import { SettingsModal } from "@/features/audit/Entry/SettingsModal";
import { targetText } from "@/features/audit/Entry/text";
import { useAuditParams, type AuditParams } from "@/features/audit/Entry/useAuditParams";
import { useFresh } from "@/features/audit/Entry/useFresh";
import { Clip } from "@/ui/Clip";
import { BlankState, DataTable, NothingMatches, type Column } from "@/ui/ListPageBody";
import { PageFrame } from "@/ui/PageFrame";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { StateLabel } from "@/ui/StateLabel";
import { Time } from "@/ui/Time";

const COLUMNS: readonly Column<AuditEntry>[] = [
  { name: "When", width: 15, cell: (entry) => <Time value={entry.time} /> },
  { name: "Who", width: 10, cell: (entry) => <Clip text={entry.actor} /> },
  { name: "From", width: 10, cell: (entry) => <Clip text={entry.address} mono /> },
  { name: "Operation", width: 15, cell: (entry) => entry.operation },
  {
    name: "On",
    width: 20,
    cell: (entry) => <Clip text={entry.target_name || entry.target_id} title={targetText(entry)} />,
  },
  { name: "Collection", width: 15, cell: (entry) => <Clip text={entry.collection} /> },
  { name: "Outcome", width: 15, cell: (entry) => <StateLabel state={entry.outcome} title={entry.reason} /> },
];

/** Who did what: newest first, arriving as it happens, found by anything that stands in an entry. */
export function AuditListPage() {
  const me = useSession();
  const params = useAuditParams();
  const [isConfiguring, setConfiguring] = useState(false);
  return (
    <PageFrame
      title="Audit log"
      description="Who did what, from where, to what, and whether it was allowed. Entries are never changed, and removed only by the age you set."
      labels={<LogLabels />}
      actions={
        <span className="qd-actions">
          <ExportLinks query={params.query} />
          {me.capabilities.administrator && (
            <Button variant="secondary" onClick={() => setConfiguring(true)}>
              Retention and forwarding
            </Button>
          )}
        </span>
      }
    >
      <AuditLog params={params} />
      {isConfiguring && <SettingsModal onClose={() => setConfiguring(false)} />}
    </PageFrame>
  );
}

function ExportLinks({ query }: { query: AuditQuery }) {
  return (
    <>
      <Button component="a" variant="link" isInline href={exportAddress("csv", query)} download>
        Export CSV
      </Button>
      <Button component="a" variant="link" isInline href={exportAddress("ndjson", query)} download>
        Export NDJSON
      </Button>
    </>
  );
}

function AuditLog({ params }: { params: AuditParams }) {
  const query = useAudit(params.query, 15_000);
  const [openId, setOpenId] = useState("");
  const entries = query.data?.results;
  const open = entries?.find(({ id }) => id === openId);
  const isFresh = useFresh(params.isNewest ? entries : undefined, JSON.stringify(params.query));
  if (entries?.length === 0 && !params.isFiltered && params.isNewest) {
    return (
      <BlankState
        empty={{
          icon: HistoryIcon,
          title: "Nothing has happened yet",
          body: (
            <>
              Every change and every refusal is recorded here, over REST, the console and the Docker API: with who
              asked, from where, and the reason. To see one, sign out and in again, or run <code>docker ps</code> with a
              client bundle that may not.
            </>
          ),
        }}
      />
    );
  }
  return (
    <Drawer isExpanded={Boolean(open)}>
      <DrawerContent
        panelContent={
          open && (
            <EntryPanel
              key={open.id}
              entry={open}
              onClose={() => setOpenId("")}
              onShow={(filters) => {
                setOpenId("");
                params.only(filters);
              }}
            />
          )
        }
      >
        <DrawerContentBody>
          <PageSection isFilled>
            <LogAlerts />
            <AuditFilters params={params} />
            <ProblemAlert error={query.error} title="The audit log could not be read" />
            {(entries || query.isPending) && (
              <DataTable
                label="audit entries"
                columns={COLUMNS}
                rows={entries}
                rowKey={(entry) => entry.id}
                rowClass={(entry) => (isFresh(entry.id) ? "qd-fresh" : undefined)}
                actionsWidth="6rem"
                rowActions={(entry) => (
                  <Button
                    variant="link"
                    isInline
                    aria-expanded={entry.id === openId}
                    aria-label={`Details of ${entry.operation} by ${entry.actor}`}
                    onClick={() => setOpenId(entry.id)}
                  >
                    Details
                  </Button>
                )}
              />
            )}
            {entries?.length === 0 && <NothingMatches onClear={params.clear} />}
            <Pages params={params} next={query.data?.next ?? null} count={query.data?.count ?? null} />
          </PageSection>
        </DrawerContentBody>
      </DrawerContent>
    </Drawer>
  );
}

/** By cursor: a place in the log, so that what arrives meanwhile moves nothing. */
function Pages({ params, next, count }: { params: AuditParams; next: string | null; count: number | null }) {
  return (
    <Toolbar className="qd-pages">
      <ToolbarContent>
        {count !== null && (
          <ToolbarItem alignSelf="center" className="qd-subtle">
            {count.toLocaleString()} in all
          </ToolbarItem>
        )}
        <ToolbarGroup variant="action-group" align={{ default: "alignEnd" }}>
          <Button variant="secondary" isDisabled={params.isNewest} onClick={params.newest}>
            Newest
          </Button>
          <Button variant="secondary" isDisabled={params.isNewest} onClick={params.newer}>
            Newer
          </Button>
          <Button variant="secondary" isDisabled={next === null} onClick={() => next && params.older(next)}>
            Older
          </Button>
        </ToolbarGroup>
      </ToolbarContent>
    </Toolbar>
  );
}
