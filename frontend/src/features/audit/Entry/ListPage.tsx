import { Button, Modal, ModalBody, ModalHeader, ToolbarItem } from "@patternfly/react-core";
import HistoryIcon from "@patternfly/react-icons/dist/esm/icons/history-icon";
import { useState } from "react";
import type { AuditEntry } from "@/api/types";
import { useAudit } from "@/features/audit/Entry/queries";
import { exactTime } from "@/lib/time";
import { Clip } from "@/ui/Clip";
import { Facts } from "@/ui/Facts";
import { FilterSelect, FilterText } from "@/ui/Filters";
import { ListPageBody, type Column } from "@/ui/ListPageBody";
import { PageFrame } from "@/ui/PageFrame";
import { StateLabel } from "@/ui/StateLabel";
import { Time } from "@/ui/Time";
import { useListParams } from "@/ui/useListParams";

const OUTCOMES = ["allowed", "refused", "failed"] as const satisfies readonly AuditEntry["outcome"][];
const FILTERS = ["actor", "operation", "target", "outcome", "from", "to"] as const;

export function AuditListPage() {
  const params = useListParams(FILTERS);
  const { from, to, outcome, search: _unused, ...rest } = params.query;
  const query = useAudit(
    {
      ...rest,
      ...(isOutcome(outcome) && { outcome }),
      ...(from && { from: dayStart(from) }),
      ...(to && { to: dayEnd(to) }),
    },
    15_000,
  );
  const [open, setOpen] = useState<AuditEntry | null>(null);
  const columns: readonly Column<AuditEntry>[] = [
    { name: "When", width: 15, cell: (entry) => <Time value={entry.time} /> },
    { name: "Who", width: 10, cell: (entry) => <Clip text={entry.actor} /> },
    { name: "From", width: 10, cell: (entry) => <Clip text={entry.address} mono /> },
    { name: "Operation", width: 15, cell: (entry) => entry.operation },
    { name: "On", width: 20, cell: (entry) => <Clip text={targetText(entry)} /> },
    { name: "Collection", width: 15, cell: (entry) => <Clip text={entry.collection} /> },
    { name: "Outcome", width: 15, cell: (entry) => <StateLabel state={entry.outcome} title={entry.reason} /> },
  ];
  return (
    <PageFrame
      title="Audit log"
      description="Who did what, from where, to what, and whether it was allowed. Entries are never changed or removed by hand."
    >
      <ListPageBody
        label="audit entries"
        query={query}
        params={params}
        columns={columns}
        rowKey={(entry) => entry.id}
        actionsWidth="6rem"
        rowActions={(entry) => (
          <Button variant="link" isInline onClick={() => setOpen(entry)} aria-label={`Details of ${entry.operation}`}>
            Details
          </Button>
        )}
        filters={
          <>
            <FilterText label="Who" value={params.filters.actor} onChange={(actor) => params.set({ actor })} />
            <FilterText
              label="Operation"
              value={params.filters.operation}
              onChange={(operation) => params.set({ operation })}
            />
            <FilterText label="On" value={params.filters.target} onChange={(target) => params.set({ target })} />
            <FilterSelect
              label="Outcome"
              options={OUTCOMES}
              value={params.filters.outcome}
              onChange={(outcome) => params.set({ outcome })}
            />
            <FilterText
              label="From"
              type="date"
              value={params.filters.from}
              onChange={(day) => params.set({ from: day })}
            />
            <FilterText label="To" type="date" value={params.filters.to} onChange={(day) => params.set({ to: day })} />
            {params.isFiltered && (
              <ToolbarItem alignSelf="end">
                <Button variant="link" onClick={params.clear}>
                  Clear filters
                </Button>
              </ToolbarItem>
            )}
          </>
        }
        empty={{
          icon: HistoryIcon,
          title: "Nothing has happened yet",
          body: "Every change and every refusal is recorded here, with who asked, from where, and the reason.",
        }}
      />
      {open && <EntryModal entry={open} onClose={() => setOpen(null)} />}
    </PageFrame>
  );
}

function EntryModal({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  return (
    <Modal variant="medium" isOpen onClose={onClose} aria-labelledby="entry-title">
      <ModalHeader title={entry.operation} labelId="entry-title" description={exactTime(entry.time)} />
      <ModalBody>
        <Facts
          facts={[
            ["Who", `${entry.actor} (${entry.actor_kind})`],
            ["From", entry.address || "this server"],
            ["On", targetText(entry)],
            entry.target_id && [
              "Id",
              <code key="id" className="qd-break">
                {entry.target_id}
              </code>,
            ],
            entry.collection && ["Collection", entry.collection],
            ["Outcome", <StateLabel key="outcome" state={entry.outcome} />],
            entry.reason && ["Reason", entry.reason],
            [
              "Request",
              <code key="request" className="qd-break">
                {entry.request_id}
              </code>,
            ],
            ["Sequence", entry.sequence === null ? "not sealed yet" : String(entry.sequence)],
            hasDetail(entry.detail) && [
              "Detail",
              <pre key="detail" className="qd-pre">
                {JSON.stringify(entry.detail, null, 2)}
              </pre>,
            ],
          ]}
        />
      </ModalBody>
    </Modal>
  );
}

function targetText(entry: AuditEntry): string {
  return [entry.target_kind, entry.target_name || entry.target_id].filter(Boolean).join(" ");
}

function isOutcome(text: string | undefined): text is AuditEntry["outcome"] {
  return OUTCOMES.some((outcome) => outcome === text);
}

function hasDetail(detail: unknown): boolean {
  return detail !== null && typeof detail === "object" && Object.keys(detail).length > 0;
}

/** A day of the reader's calendar as instants. */
function dayStart(day: string): string {
  return new Date(`${day}T00:00:00`).toISOString();
}

function dayEnd(day: string): string {
  return new Date(`${day}T23:59:59.999`).toISOString();
}
