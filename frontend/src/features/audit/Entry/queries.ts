import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, client, ifMatch, versionedBody } from "@/api/client";
import type { paths } from "@/api/schema";
import type { AuditSettingsUpdate } from "@/api/types";

export type AuditQuery = NonNullable<paths["/api/v1/audit/"]["get"]["parameters"]["query"]>;

export function useAudit(query: AuditQuery, refetchInterval?: number) {
  return useQuery({
    queryKey: ["audit", "list", query] as const,
    queryFn: () => body(client.GET("/api/v1/audit/", { params: { query } })),
    placeholderData: keepPreviousData,
    refetchInterval,
  });
}

/** Whether the log is whole, what waits, and whether the syslog receiver gets it. */
export function useAuditState() {
  return useQuery({
    queryKey: ["audit", "state"] as const,
    queryFn: () => body(client.GET("/api/v1/audit/state")),
    refetchInterval: 15_000,
  });
}

const SETTINGS_KEY = ["settings", "audit"] as const;

export function useAuditSettings() {
  return useQuery({
    queryKey: SETTINGS_KEY,
    queryFn: () => versionedBody(client.GET("/api/v1/settings/audit/")),
  });
}

export function useUpdateAuditSettings(etag: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (changes: AuditSettingsUpdate) =>
      body(client.PATCH("/api/v1/settings/audit/", { body: changes, headers: ifMatch(etag) })),
    onSuccess: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: SETTINGS_KEY }),
        queryClient.invalidateQueries({ queryKey: ["audit"] }),
      ]),
  });
}

/** The address of the export of what a query shows: all of it, not one page. */
export function exportAddress(format: "csv" | "ndjson", query: AuditQuery): string {
  const { limit: _limit, cursor: _cursor, offset: _offset, ordering: _ordering, ...filters } = query;
  return `/api/v1/audit/export?${new URLSearchParams({ format, ...filters })}`;
}
