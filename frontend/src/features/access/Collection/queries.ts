import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, client } from "@/api/client";
import type { LabelConstraint } from "@/api/types";

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

/** A collection's path is part of grants and of every object's row. */
function useReread() {
  const queryClient = useQueryClient();
  return () => Promise.all([["access"], ["swarm"]].map((queryKey) => queryClient.invalidateQueries({ queryKey })));
}

export function useCreateCollection() {
  return useMutation({
    mutationFn: (path: string) => body(client.POST("/api/v1/collections/", { body: { path } })),
    onSuccess: useReread(),
  });
}

/** Renames, moves, or sets what workloads must carry. */
export function useUpdateCollection(id: string) {
  return useMutation({
    mutationFn: (changes: { path?: string; label_constraints?: LabelConstraint[] }) =>
      body(
        client.PATCH("/api/v1/collections/{collection_id}/", {
          params: { path: { collection_id: id } },
          body: changes,
        }),
      ),
    onSuccess: useReread(),
  });
}

/** Removes a collection; what is in it goes to `moveTo`, its grants go with it where `withGrants`. */
export function useDeleteCollection(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ moveTo, withGrants }: { moveTo: string; withGrants: boolean }) =>
      body(
        client.DELETE("/api/v1/collections/{collection_id}/", {
          params: {
            path: { collection_id: id },
            query: { ...(moveTo && { move_to: moveTo }), ...(withGrants && { with_grants: true }) },
          },
        }),
      ),
    // Not waited for: the page of what is gone is left before it is read anew.
    onSuccess: () => {
      for (const queryKey of [["access"], ["swarm"]]) void queryClient.invalidateQueries({ queryKey });
    },
  });
}
