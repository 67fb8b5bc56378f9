import { Alert } from "@patternfly/react-core";
import { asApiError } from "@/api/problem";
import { sentence } from "@/lib/sentence";

/** An error of the server in its own words. Shows nothing where there is none, or where `shownFields` say it all. */
export function ProblemAlert({
  error,
  title,
  shownFields = [],
}: {
  error: unknown;
  title: string;
  shownFields?: readonly string[];
}) {
  if (!error) return null;
  const problem = asApiError(error);
  const text = problem.beyond(shownFields);
  if (!text) return null;
  return (
    <Alert component="p" variant="danger" isInline title={title} className="qd-alert">
      <p>{sentence(text)}</p>
      {problem.status >= 500 && problem.requestId && <p>Request {problem.requestId}</p>}
    </Alert>
  );
}
