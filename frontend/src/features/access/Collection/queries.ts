import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQueries,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { body, client } from "@/api/client";
import { pathsAbove } from "@/lib/path";
import type { CollectionObject, LabelConstraint } from "@/api/types";

const COLLECTIONS = ["access", "collections"] as const;
const CHILDREN_SHOWN_AT_ONCE = 200;

export interface CollectionQuery {
  limit: number;
  offset?: number;
  search?: string;
  /** Only those right below the collection of this id or path. */
  parent?: string;
}

/** Collections the caller may see, by path, a page at a time. */
export function useCollections(query: CollectionQuery) {
  return useQuery({
    queryKey: [...COLLECTIONS, "list", query],
    queryFn: () => body(client.GET("/api/v1/collections/", { params: { query } })),
    placeholderData: keepPreviousData,
  });
}

/** The collections right below one, or the root itself, some at a time: a private collection each makes many. */
export function useBranch(where: { parent: string } | { path: string }) {
  return useInfiniteQuery({
    queryKey: [...COLLECTIONS, "branches", where],
    queryFn: ({ pageParam: offset }) =>
      body(
        client.GET("/api/v1/collections/", { params: { query: { ...where, limit: CHILDREN_SHOWN_AT_ONCE, offset } } }),
      ),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => {
      const read = pages.reduce((sum, { results }) => sum + results.length, 0);
      return last.results.length > 0 && read < last.count ? read : undefined;
    },
  });
}

export function useCollection(id: string) {
  return useQuery({
    queryKey: [...COLLECTIONS, "detail", id],
    queryFn: () =>
      body(client.GET("/api/v1/collections/{collection_id}/", { params: { path: { collection_id: id } } })),
  });
}

/** The collections above one, outermost first, without the root; those that were read already. */
export function useCollectionsAbove(path: string) {
  return useQueries({
    queries: pathsAbove(path).map((above) => ({
      queryKey: [...COLLECTIONS, "list", { path: above }],
      queryFn: () => body(client.GET("/api/v1/collections/", { params: { query: { path: above, limit: 1 } } })),
    })),
    combine: (answers) => answers.flatMap(({ data }) => data?.results ?? []),
  });
}

export function useCollectionObjects(id: string, query: { limit: number; offset: number; search?: string }) {
  return useQuery({
    queryKey: [...COLLECTIONS, "detail", id, "objects", query],
    queryFn: () =>
      body(
        client.GET("/api/v1/collections/{collection_id}/objects/", { params: { path: { collection_id: id }, query } }),
      ),
    placeholderData: keepPreviousData,
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
    mutationFn: (changes: { path?: string; label_constraints?: LabelConstraint[]; confirm?: string }) =>
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
    mutationFn: ({ moveTo, withGrants, confirm }: { moveTo: string; withGrants: boolean; confirm?: string }) =>
      body(
        client.DELETE("/api/v1/collections/{collection_id}/", {
          params: {
            path: { collection_id: id },
            query: {
              ...(moveTo && { move_to: moveTo }),
              ...(withGrants && { with_grants: true }),
              ...(confirm && { confirm }),
            },
          },
        }),
      ),
    // Not waited for: the page of what is gone is left before it is read anew.
    onSuccess: () => {
      for (const queryKey of [["access"], ["swarm"]]) void queryClient.invalidateQueries({ queryKey });
    },
  });
}

/** What a move has to know of an object, wherever it is listed. */
export type MovedObject = Pick<CollectionObject, "kind" | "id" | "name">;

const MOVES = {
  service: "/api/v1/swarm/services/{object_id}/move",
  container: "/api/v1/swarm/containers/{object_id}/move",
  network: "/api/v1/swarm/networks/{object_id}/move",
  volume: "/api/v1/swarm/volumes/{object_id}/move",
  secret: "/api/v1/swarm/secrets/{object_id}/move",
  config: "/api/v1/swarm/configs/{object_id}/move",
  node: "/api/v1/swarm/nodes/{object_id}/move",
  stack: "/api/v1/swarm/stacks/{object_id}/move",
} as const;

/** Moves one object; of a node, running tasks may have to stop, which the server wants confirmed. */
export function useMoveObject({ kind, id }: MovedObject) {
  return useMutation({
    mutationFn: (wanted: { collection: string; confirm?: string }) =>
      body(client.POST(MOVES[kind], { params: { path: { object_id: id } }, body: wanted })),
    onSuccess: useReread(),
  });
}
