import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { asApiError } from "@/api/problem";

/** The one query whose value says who is signed in; null means nobody. */
export const SESSION_KEY = ["session"] as const;
/** True after a session ended under its holder's hands; whoever signs in next begins without it. */
export const SESSION_ENDED_KEY = ["session-ended"] as const;

/**
 * The only place where server state lives.
 *
 * A 401 from anything means that the session has ended: the session becomes null, and the router, which watches it,
 * shows the sign-in page with the way back.
 */
export function createQueryClient(): QueryClient {
  const endSession = (error: unknown) => {
    if (!asApiError(error).isSignInNeeded) return;
    if (client.getQueryData(SESSION_KEY)) client.setQueryData(SESSION_ENDED_KEY, true);
    client.setQueryData(SESSION_KEY, null);
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: endSession }),
    mutationCache: new MutationCache({ onError: endSession }),
    defaultOptions: {
      queries: {
        // Always try: the browser's idea of being offline says nothing about a server in the same building.
        networkMode: "always",
        staleTime: 5_000,
        refetchOnWindowFocus: true,
        // An answer is an answer: only what never reached a healthy server is tried again.
        retry: (failures, error) => {
          const { status } = asApiError(error);
          return failures < 2 && (status === 0 || status === 503 || status === 504);
        },
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
  return client;
}
