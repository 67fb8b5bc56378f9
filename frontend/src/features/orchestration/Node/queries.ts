import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { body, client } from "@/api/client";

export function useNodes(query: { limit: number; offset: number; search?: string }) {
  return useQuery({
    queryKey: ["swarm", "nodes", "list", query] as const,
    queryFn: () => body(client.GET("/api/v1/swarm/nodes/", { params: { query } })),
    placeholderData: keepPreviousData,
  });
}
