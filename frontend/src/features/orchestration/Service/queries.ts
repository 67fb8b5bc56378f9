import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, client } from "@/api/client";

export const serviceKeys = {
  all: ["swarm", "services"] as const,
  list: (query: object) => ["swarm", "services", "list", query] as const,
  detail: (id: string) => ["swarm", "services", "detail", id] as const,
};

export function useServices(query: { limit: number; offset: number; search?: string }) {
  return useQuery({
    queryKey: serviceKeys.list(query),
    queryFn: () => body(client.GET("/api/v1/swarm/services/", { params: { query } })),
    placeholderData: keepPreviousData,
  });
}

export function useService(id: string) {
  return useQuery({
    queryKey: serviceKeys.detail(id),
    queryFn: () => body(client.GET("/api/v1/swarm/services/{service_id}/", { params: { path: { service_id: id } } })),
  });
}

export function useScaleService(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (replicas: number) =>
      body(
        client.POST("/api/v1/swarm/services/{service_id}/scale", {
          params: { path: { service_id: id } },
          body: { replicas },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["swarm"] }),
  });
}

export function useRemoveService() {
  const queryClient = useQueryClient();
  return async (id: string) => {
    await body(client.DELETE("/api/v1/swarm/services/{service_id}/", { params: { path: { service_id: id } } }));
    queryClient.removeQueries({ queryKey: serviceKeys.detail(id) });
    await queryClient.invalidateQueries({ queryKey: ["swarm"] });
  };
}
