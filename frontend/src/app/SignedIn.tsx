import { Alert, Button, PageSection } from "@patternfly/react-core";
import { Navigate, useLocation } from "react-router";
import { Loading } from "@/app/Loading";
import { Shell } from "@/app/Shell";
import { asApiError } from "@/api/problem";
import { InitialPasswordModal } from "@/features/accounts/Session/InitialPasswordModal";
import { SessionContext, useSessionQuery } from "@/features/accounts/Session/queries";
import { LiveProvider } from "@/features/streams/Event/LiveProvider";

/** The frame of every page that needs a session; without one it leads to the sign-in page, which leads back. */
export function SignedIn() {
  const session = useSessionQuery();
  const location = useLocation();
  if (session.data === null) {
    const back = location.pathname + location.search + location.hash;
    return <Navigate to={back === "/" ? "/sign-in" : `/sign-in?return=${encodeURIComponent(back)}`} replace />;
  }
  if (session.data) {
    return (
      <SessionContext value={session.data}>
        <LiveProvider>
          <Shell />
          {session.data.password_is_initial && <InitialPasswordModal username={session.data.user.username} />}
        </LiveProvider>
      </SessionContext>
    );
  }
  if (session.isError && !session.isFetching) {
    return (
      <PageSection className="qd-full-height">
        <Alert component="p" variant="danger" isInline title="The console cannot reach its server">
          <p>{asApiError(session.error).message}</p>
          <Button variant="link" isInline onClick={() => void session.refetch()}>
            Try again
          </Button>
        </Alert>
      </PageSection>
    );
  }
  return <Loading />;
}
