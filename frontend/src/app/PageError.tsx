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

/** A page that broke. A chunk that is gone means that the server was upgraded under an open console. */
export function PageError() {
  const error = asApiError(useRouteError());
  const isOutdated = /dynamically imported module|module script/i.test(error.message);
  return (
    <PageSection isFilled>
      <EmptyState
        titleText={isOutdated ? "Quarterdeck was upgraded" : "This page stopped working"}
        status={isOutdated ? "info" : "danger"}
        headingLevel="h1"
      >
        <EmptyStateBody>
          {isOutdated
            ? "This part of the console is of an older version. Reload to get the current one."
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
