import { useQuery } from "@tanstack/react-query";
import { body, client } from "@/api/client";

export function useRoles() {
  return useQuery({
    queryKey: ["access", "roles", "list"] as const,
    queryFn: () => body(client.GET("/api/v1/roles/", { params: { query: { limit: 1000 } } })),
    staleTime: 60_000,
  });
}

/** The catalogue of operations: code, so it never changes under a running console. */
export function useOperations() {
  return useQuery({
    queryKey: ["access", "operations"] as const,
    queryFn: () => body(client.GET("/api/v1/operations/")),
    staleTime: Infinity,
  });
}
