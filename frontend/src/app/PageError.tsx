import {
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  PageSection,
} from "@patternfly/react-core";
import { useEffect } from "react";
import { Link, useRouteError } from "react-router";
import { asApiError } from "@/api/problem";

const ASK_AGAIN_MILLISECONDS = 3_000;
const RELOADED_KEY = "quarterdeck-reloaded";
const RELOAD_AGAIN_MILLISECONDS = 60_000;

/** A page that broke, or whose files did not come: a server that is down, or was upgraded under an open console. */
export function PageError() {
  const error = asApiError(useRouteError());
  const isMissing = /dynamically imported module|module script|preload CSS/i.test(error.message);
  const title = isMissing ? "This page could not be loaded" : "This page stopped working";
  useEffect(() => {
    document.title = `${title} · Quarterdeck`;
  }, [title]);
  useReloadOnceThere(isMissing);
  return (
    <PageSection isFilled>
      <EmptyState titleText={title} status={isMissing ? "info" : "danger"} headingLevel="h1">
        <EmptyStateBody>
          {isMissing
            ? "The server does not answer, or it was upgraded and this console is of the version before. It loads anew once the server answers."
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

/** Loads the page anew once the server answers; not again and again where that does not help. */
function useReloadOnceThere(isWanted: boolean) {
  useEffect(() => {
    if (!isWanted) return;
    if (Date.now() - Number(sessionStorage.getItem(RELOADED_KEY)) < RELOAD_AGAIN_MILLISECONDS) return;
    const timer = window.setInterval(() => {
      fetch(window.location.href, { cache: "no-store" })
        .then((answer) => {
          if (!answer.ok) return;
          sessionStorage.setItem(RELOADED_KEY, String(Date.now()));
          window.location.reload();
        })
        .catch(() => undefined); // still away: it is asked again
    }, ASK_AGAIN_MILLISECONDS);
    return () => window.clearInterval(timer);
  }, [isWanted]);
}
