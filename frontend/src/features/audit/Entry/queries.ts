import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { body, client } from "@/api/client";
import type { AuditEntry } from "@/api/types";

export interface AuditQuery {
  limit: number;
  offset: number;
  actor?: string;
  operation?: string;
  target?: string;
  outcome?: AuditEntry["outcome"];
  from?: string;
  to?: string;
}

export function useAudit(query: AuditQuery, refetchInterval?: number) {
  return useQuery({
    queryKey: ["audit", "list", query] as const,
    queryFn: () => body(client.GET("/api/v1/audit/", { params: { query } })),
    placeholderData: keepPreviousData,
    refetchInterval,
  });
}
