import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { body, client } from "@/api/client";
import { asApiError } from "@/api/problem";
import { SESSION_ENDED_KEY, SESSION_KEY } from "@/api/queryClient";
import type { Me } from "@/api/types";

/** Who is signed in; null where nobody is. */
export function useSessionQuery() {
  return useQuery<Me | null>({
    queryKey: SESSION_KEY,
    queryFn: async () => {
      try {
        return await body(client.GET("/api/v1/auth/me"));
      } catch (error) {
        if (asApiError(error).isSignInNeeded) return null;
        throw error;
      }
    },
    staleTime: 60_000,
  });
}

/** Whether it was a session of this tab that ended, and not its holder who left. */
export function useSessionHasEnded(): boolean {
  return useQueryClient().getQueryData(SESSION_ENDED_KEY) === true;
}

export const SessionContext = createContext<Me | null>(null);

/** The signed-in person, below `SignedIn` only. */
export function useSession(): Me {
  const me = useContext(SessionContext);
  if (!me) throw new Error("useSession needs a page below SignedIn");
  return me;
}

export function useSignIn() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (credentials: { username: string; password: string }) =>
      body(client.POST("/api/v1/auth/login", { body: credentials })),
    // Nothing that an earlier person has read may be shown to this one.
    onSuccess: async () => {
      queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== SESSION_KEY[0] });
      await queryClient.fetchQuery({
        queryKey: SESSION_KEY,
        queryFn: () => body(client.GET("/api/v1/auth/me")),
        staleTime: 0,
      });
    },
  });
}

/** Leaves by loading the page anew: nothing that was read stays in memory. */
export function useSignOut() {
  return useMutation({
    mutationFn: () => body(client.POST("/api/v1/auth/logout")),
    onSuccess: () => window.location.assign(`${import.meta.env.BASE_URL}sign-in`),
  });
}

export function useSetPassword(username: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (passwords: { old_password?: string; new_password: string }) =>
      body(client.POST("/api/v1/users/{username}/password", { params: { path: { username } }, body: passwords })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: SESSION_KEY }),
  });
}
