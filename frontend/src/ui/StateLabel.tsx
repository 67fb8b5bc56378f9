import { Label, type LabelProps } from "@patternfly/react-core";

const STATUS: Record<string, LabelProps["status"]> = {
  running: "success",
  ready: "success",
  healthy: "success",
  active: "success",
  allowed: "success",
  completed: "success",
  updating: "info",
  starting: "info",
  preparing: "info",
  pending: "info",
  assigned: "info",
  accepted: "info",
  created: "info",
  new: "info",
  degraded: "warning",
  paused: "warning",
  pause: "warning",
  drain: "warning",
  restarting: "warning",
  unknown: "warning",
  failed: "danger",
  rejected: "danger",
  dead: "danger",
  down: "danger",
  unreachable: "danger",
  refused: "danger",
  disconnected: "danger",
};

/** The state of anything, in the server's own word; the colour only repeats it. */
export function StateLabel({ state, title }: { state: string; title?: string }) {
  const status = STATUS[state.toLowerCase()];
  return (
    <Label status={status} color={status ? undefined : "grey"} variant="outline" isCompact title={title}>
      {state || "unknown"}
    </Label>
  );
}
