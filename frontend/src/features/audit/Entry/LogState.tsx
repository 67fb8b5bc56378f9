import { Alert, Label, LabelGroup, Tooltip } from "@patternfly/react-core";
import { useAuditState } from "@/features/audit/Entry/queries";
import type { AuditState } from "@/api/types";
import { exactTime } from "@/lib/time";
import { plural } from "@/lib/plural";

/** Beside the title: up to where the chain of hashes was found right, and where else the log goes. */
export function LogLabels() {
  const { data: state } = useAuditState();
  if (!state) return null;
  return (
    <LabelGroup aria-label="State of the log" numLabels={5}>
      <ChainLabel state={state} />
      {state.forwarding.destination && (
        <Tooltip content={state.forwarding.error || `${state.forwarding.waiting} entries wait to be sent.`}>
          <Label status={state.forwarding.is_connected ? "success" : "warning"} tabIndex={0}>
            {state.forwarding.is_connected ? "Forwarded" : "Not forwarded now"}
          </Label>
        </Tooltip>
      )}
    </LabelGroup>
  );
}

function ChainLabel({ state }: { state: AuditState }) {
  if (state.problem) return <Label status="danger">Broken</Label>;
  if (!state.verified_at) return <Label color="grey">Not verified yet</Label>;
  const first = state.first > 1 ? ` Entries before number ${state.first.toLocaleString()} were removed by age.` : "";
  return (
    <Tooltip
      content={`Every entry is chained to the one before it by its hash. Checked on ${exactTime(state.verified_at)}.${first}`}
    >
      <Label status="success" tabIndex={0}>
        Verified up to {state.verified_sequence.toLocaleString()}
      </Label>
    </Tooltip>
  );
}

/** What somebody has to look after. */
export function LogAlerts() {
  const { data: state } = useAuditState();
  if (!state) return null;
  return (
    <>
      {state.problem && (
        <Alert
          variant="danger"
          isInline
          title="The log was changed, or an older database was restored"
          className="qd-alert"
        >
          {state.problem}. New entries are kept, and not sealed behind a broken chain until somebody has looked: run{" "}
          <code>manage.py verifyaudit</code> on the server.
        </Alert>
      )}
      {state.spooled > 0 && (
        <Alert
          variant="warning"
          isInline
          title={`${plural(state.spooled, "entry", "entries")} wait on disk`}
          className="qd-alert"
        >
          The database did not take them. They are written to it, in their order, as soon as it does.
        </Alert>
      )}
      {state.forwarding.error && (
        <Alert variant="warning" isInline title="The log is not forwarded" className="qd-alert">
          {state.forwarding.destination}: {state.forwarding.error}. It is tried again by itself;{" "}
          {plural(state.forwarding.waiting, "entry", "entries")} wait, and none is lost.
        </Alert>
      )}
    </>
  );
}
