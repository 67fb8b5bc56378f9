import {
  ActionGroup,
  Alert,
  Button,
  Card,
  CardBody,
  CardFooter,
  CardTitle,
  Content,
  Form,
} from "@patternfly/react-core";
import { useEffect, useState, type FormEvent } from "react";
import { Navigate, useSearchParams } from "react-router";
import { Loading } from "@/app/Loading";
import logo from "@/app/favicon.svg";
import { ThemeToggle } from "@/app/ThemeToggle";
import { asApiError, type ApiError } from "@/api/problem";
import { useSessionHasEnded, useSessionQuery, useSignIn } from "@/features/accounts/Session/queries";
import { sentence } from "@/lib/sentence";
import { TextField } from "@/ui/TextField";

export function SignInPage() {
  const session = useSessionQuery();
  const signIn = useSignIn();
  const [params] = useSearchParams();
  const hasEnded = useSessionHasEnded();
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const waitSeconds = useCountdown(signIn.error ? asApiError(signIn.error) : null);
  useEffect(() => {
    document.title = "Sign in · Quarterdeck";
  }, []);

  if (session.data) return <Navigate to={returnPath(params.get("return"))} replace />;
  if (session.isPending && session.failureCount === 0) return <Loading />;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (waitSeconds > 0 || signIn.isPending) return;
    signIn.mutate({ username: username.trim(), password }, { onError: () => setPassword("") });
  };
  return (
    <main className="qd-sign-in">
      <div className="qd-sign-in-theme">
        <ThemeToggle />
      </div>
      <Card className="qd-sign-in-card">
        <CardTitle component="h1">
          <span className="qd-brand">
            <img src={logo} alt="" width={32} height={32} /> Sign in to Quarterdeck
          </span>
        </CardTitle>
        <CardBody>
          <Form onSubmit={submit} noValidate>
            {hasEnded && !signIn.error && !session.error && (
              <Alert
                component="p"
                isInline
                variant="info"
                title="Your session has ended. Sign in to go on where you were; what was not saved is lost."
              />
            )}
            <SignInProblem error={signIn.error ?? session.error} waitSeconds={waitSeconds} />
            <TextField
              label="User name"
              value={username}
              onChange={setUsername}
              autoComplete="username"
              isRequired
              autoFocus
            />
            <TextField
              label="Password"
              type="password"
              value={password}
              onChange={setPassword}
              autoComplete="current-password"
              isRequired
            />
            <ActionGroup>
              <Button
                type="submit"
                isBlock
                isLoading={signIn.isPending}
                isDisabled={signIn.isPending || waitSeconds > 0 || !username.trim() || !password}
              >
                {waitSeconds > 0 ? `Wait ${waitSeconds} s` : "Sign in"}
              </Button>
            </ActionGroup>
          </Form>
        </CardBody>
        <CardFooter>
          <Content component="small">
            On a new installation the administrator is <code>admin</code>; the first password was printed when it was
            started.
          </Content>
        </CardFooter>
      </Card>
    </main>
  );
}

function SignInProblem({ error, waitSeconds }: { error: unknown; waitSeconds: number }) {
  if (!error) return null;
  const problem = asApiError(error);
  const isThrottled = problem.status === 429;
  const isServerDown = problem.status === 0 || problem.status >= 500;
  if (isThrottled && waitSeconds === 0) return null;
  return (
    <Alert
      component="p"
      isInline
      variant={isThrottled ? "warning" : "danger"}
      title={
        isThrottled ? "Too many attempts" : isServerDown ? "The server cannot be used now" : "You are not signed in"
      }
    >
      {isThrottled ? `Try again in ${waitSeconds} seconds.` : sentence(problem.message)}
    </Alert>
  );
}

/** The seconds left until a throttled caller may try again; 0 where nothing is throttled. */
function useCountdown(problem: ApiError | null): number {
  const [left, setLeft] = useState(0);
  const [seen, setSeen] = useState<ApiError | null>(null);
  if (problem !== seen) {
    setSeen(problem);
    setLeft(problem?.status === 429 ? (problem.retryAfterSeconds ?? 5) : 0);
  }
  const isRunning = left > 0;
  useEffect(() => {
    if (!isRunning) return;
    const timer = window.setInterval(() => setLeft((seconds) => Math.max(0, seconds - 1)), 1000);
    return () => window.clearInterval(timer);
  }, [isRunning]);
  return left;
}

/** Only a path of our own: an address given from outside must not lead elsewhere. */
function returnPath(wanted: string | null): string {
  return wanted && /^\/(?![/\\])/.test(wanted) && !wanted.startsWith("/sign-in") ? wanted : "/";
}
