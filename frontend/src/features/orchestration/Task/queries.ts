import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { body, client } from "@/api/client";

/** The tasks of one service, the newest attempt of each slot first. */
export function useTasks(service: string) {
  return useQuery({
    queryKey: ["swarm", "tasks", "list", { service }] as const,
    queryFn: () => body(client.GET("/api/v1/swarm/tasks/", { params: { query: { service, limit: 1000 } } })),
    placeholderData: keepPreviousData,
  });
}
