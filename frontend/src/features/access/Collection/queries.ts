import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, client } from "@/api/client";

const COLLECTIONS = ["access", "collections"] as const;
export const COLLECTION_LIMIT = 1000;

/** All collections the caller may see, flat. */
export function useCollections() {
  return useQuery({
    queryKey: [...COLLECTIONS, "list"],
    queryFn: () => body(client.GET("/api/v1/collections/", { params: { query: { limit: COLLECTION_LIMIT } } })),
  });
}

export function useCollection(id: string) {
  return useQuery({
    queryKey: [...COLLECTIONS, "detail", id],
    queryFn: () =>
      body(client.GET("/api/v1/collections/{collection_id}/", { params: { path: { collection_id: id } } })),
  });
}

export function useCollectionObjects(id: string, query: { limit: number; offset: number }) {
  return useQuery({
    queryKey: [...COLLECTIONS, "detail", id, "objects", query],
    queryFn: () =>
      body(
        client.GET("/api/v1/collections/{collection_id}/objects/", { params: { path: { collection_id: id }, query } }),
      ),
  });
}

/** Creates a collection where `id` is null, renames or moves that one otherwise. */
export function useSaveCollection(id: string | null) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (path: string) =>
      id === null
        ? body(client.POST("/api/v1/collections/", { body: { path } }))
        : body(
            client.PATCH("/api/v1/collections/{collection_id}/", {
              params: { path: { collection_id: id } },
              body: { path },
            }),
          ),
    // A renamed path is part of grants and of every object's row.
    onSuccess: () =>
      Promise.all([["access"], ["swarm"]].map((queryKey) => queryClient.invalidateQueries({ queryKey }))),
  });
}

export function useDeleteCollection() {
  const queryClient = useQueryClient();
  return async (id: string) => {
    await body(client.DELETE("/api/v1/collections/{collection_id}/", { params: { path: { collection_id: id } } }));
    await queryClient.invalidateQueries({ queryKey: ["access"] });
  };
}
