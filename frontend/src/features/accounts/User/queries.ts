import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, client } from "@/api/client";
import { SESSION_KEY } from "@/api/queryClient";
import type { Departure, ImportReport, Job, UserCreate, UserUpdate } from "@/api/types";

const USERS = ["accounts", "users"] as const;

export function useUsers(query: { limit: number; offset?: number; search?: string }, isEnabled = true) {
  return useQuery({
    queryKey: [...USERS, "list", query],
    queryFn: () => body(client.GET("/api/v1/users/", { params: { query } })),
    placeholderData: keepPreviousData,
    enabled: isEnabled,
  });
}

export function useCreateUser() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (user: UserCreate) => body(client.POST("/api/v1/users/", { body: user })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["accounts"] }),
  });
}

/** Changes a user; one's own details are part of the session too. */
export function useUpdateUser(username: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (user: UserUpdate) =>
      body(client.PATCH("/api/v1/users/{username}/", { params: { path: { username } }, body: user })),
    // Not waited for: the page of the former name is left before it is read anew.
    onSuccess: () => {
      for (const queryKey of [["accounts"], ["access"], SESSION_KEY]) void queryClient.invalidateQueries({ queryKey });
    },
  });
}

export function useUser(username: string) {
  return useQuery({
    queryKey: [...USERS, "detail", username],
    queryFn: () => body(client.GET("/api/v1/users/{username}/", { params: { path: { username } } })),
  });
}

const inherit = (heir: string) => (heir ? { inherit_to: heir } : {});

/** What would be lost if the user were deleted, and who would inherit what; changes nothing. */
export function previewUserDeletion(username: string, heir: string): Promise<Departure> {
  return body(
    client.GET("/api/v1/users/{username}/deletion", { params: { path: { username }, query: inherit(heir) } }),
  );
}

export function previewUserDeactivation(username: string): Promise<Departure> {
  return body(client.GET("/api/v1/users/{username}/deactivation", { params: { path: { username } } }));
}

export function useDeleteUser() {
  const queryClient = useQueryClient();
  return async (username: string, heir: string) => {
    await body(client.DELETE("/api/v1/users/{username}/", { params: { path: { username }, query: inherit(heir) } }));
    for (const queryKey of [["accounts"], ["access"]]) void queryClient.invalidateQueries({ queryKey });
  };
}

/** Looks at a list of users, or imports it; a long one answers with the job that does it. */
export async function importUsers(text: string, type: "text/csv" | "application/json", isDryRun: boolean) {
  const answer: ImportReport | Job = await body(
    client.POST("/api/v1/users/import", {
      params: { query: { dry_run: isDryRun } },
      body: text,
      bodySerializer: (list) => list as string,
      headers: { "Content-Type": type },
    }),
  );
  return answer;
}

/** A job until it has ended. */
export function useJob(id: string) {
  return useQuery({
    queryKey: ["jobs", "detail", id],
    queryFn: () => body(client.GET("/api/v1/jobs/{job_id}/", { params: { path: { job_id: id } } })),
    enabled: id !== "",
    refetchInterval: (query) => (query.state.data?.ended_at ? false : 500),
  });
}

const IMPORT = "accounts.import_users";

/** The newest import of a long list while it is under way; null where there is none. */
export function useRunningImport(isEnabled: boolean) {
  return useQuery({
    queryKey: ["jobs", "list", IMPORT],
    queryFn: () => body(client.GET("/api/v1/jobs/", { params: { query: { kind: IMPORT, limit: 1 } } })),
    select: ({ results }) => results.find(({ ended_at }) => ended_at === null) ?? null,
    enabled: isEnabled,
    refetchInterval: (query) => (query.state.data?.results[0]?.ended_at === null ? 2000 : false),
  });
}

/** Asks a job to end; what it has written stays. */
export function useCancelJob() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => body(client.POST("/api/v1/jobs/{job_id}/cancel", { params: { path: { job_id: id } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["jobs"] }),
  });
}
