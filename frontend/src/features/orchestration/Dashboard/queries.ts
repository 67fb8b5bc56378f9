import { useQuery } from "@tanstack/react-query";
import { body, client } from "@/api/client";

export function useSummary() {
  return useQuery({
    queryKey: ["swarm", "summary"] as const,
    queryFn: () => body(client.GET("/api/v1/swarm/summary")),
    // Events tell of every change but one: that a cluster has become silent.
    refetchInterval: 10_000,
  });
}
