import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { body, client } from "@/api/client";

export function useContainers(query: { limit: number; offset: number; search?: string }) {
  return useQuery({
    queryKey: ["swarm", "containers", "list", query] as const,
    queryFn: () => body(client.GET("/api/v1/swarm/containers/", { params: { query } })),
    placeholderData: keepPreviousData,
  });
}
