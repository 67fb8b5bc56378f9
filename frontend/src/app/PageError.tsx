import {
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  PageSection,
} from "@patternfly/react-core";
import { Link, useRouteError } from "react-router";
import { asApiError } from "@/api/problem";

/** A page that broke, or whose files did not come: a server that is down, or was upgraded under an open console. */
export function PageError() {
  const error = asApiError(useRouteError());
  const isMissing = /dynamically imported module|module script/i.test(error.message);
  return (
    <PageSection isFilled>
      <EmptyState
        titleText={isMissing ? "This page could not be loaded" : "This page stopped working"}
        status={isMissing ? "info" : "danger"}
        headingLevel="h1"
      >
        <EmptyStateBody>
          {isMissing
            ? "The server does not answer, or it was upgraded and this console is of the version before. Reload to go on."
            : `${error.message} Nothing was changed by it.`}
        </EmptyStateBody>
        <EmptyStateFooter>
          <EmptyStateActions>
            <Button onClick={() => window.location.reload()}>Reload</Button>
          </EmptyStateActions>
          <EmptyStateActions>
            <Link to="/">Go to the dashboard</Link>
          </EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    </PageSection>
  );
}
