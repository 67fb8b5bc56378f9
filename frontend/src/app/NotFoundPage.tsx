import { EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, PageSection } from "@patternfly/react-core";
import CompassIcon from "@patternfly/react-icons/dist/esm/icons/compass-icon";
import { useEffect } from "react";
import { Link, useLocation } from "react-router";

export function NotFoundPage() {
  const { pathname } = useLocation();
  useEffect(() => {
    document.title = "Not found · Quarterdeck";
  }, []);
  return (
    <PageSection isFilled>
      <EmptyState titleText="There is nothing here" icon={CompassIcon} headingLevel="h1">
        <EmptyStateBody>
          There is nothing at <code className="qd-break">{pathname}</code> that you may see. It may have been renamed or
          removed.
        </EmptyStateBody>
        <EmptyStateFooter>
          <EmptyStateActions>
            <Link to="/">Go to the dashboard</Link>
          </EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    </PageSection>
  );
}
