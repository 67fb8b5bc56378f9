import { Alert } from "@patternfly/react-core";
import { asApiError } from "@/api/problem";
import { plural } from "@/lib/plural";

/** What a change would stop, as the server lists it when it wants the change confirmed. */
export interface Confirmation {
  /** Sent along to confirm exactly these. */
  confirm: string;
  evicts: readonly { task: string; node: string }[];
  /** How many more there are, which the caller may not see. */
  hidden: number;
}

export function confirmationOf(error: unknown): Confirmation | null {
  const problem = error ? asApiError(error) : null;
  return problem?.code === "needs-confirmation" ? (problem.document as unknown as Confirmation) : null;
}

/** The running tasks that a change would stop; nothing of it has been done. */
export function Evictions({ confirmation }: { confirmation: Confirmation }) {
  const { evicts, hidden } = confirmation;
  return (
    <Alert
      component="p"
      isInline
      variant="warning"
      title={`This stops ${plural(evicts.length + hidden, "running task")}: they may not run on their nodes any more.`}
    >
      <ul>
        {evicts.map(({ task, node }) => (
          <li key={`${task}/${node}`} className="qd-break">
            {task} on {node}
          </li>
        ))}
      </ul>
      {hidden > 0 && <p>and {plural(hidden, "task")} that you may not see</p>}
    </Alert>
  );
}
