import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, client } from "@/api/client";
import type { AccessEffect, GrantCreate, GrantUpdate } from "@/api/types";

const GRANTS = ["access", "grants"] as const;

export interface GrantQuery {
  limit: number;
  offset: number;
  search?: string;
  subject?: string;
  /** With a user's own grants also those of the user's teams and organisations. */
  expand?: boolean;
  role?: string;
  collection?: string;
  /** With those on the collection also those on the collections above it. */
  inherited?: boolean;
  expiring_before?: string;
  created_by?: string;
}

export function useGrants(query: GrantQuery) {
  return useQuery({
    queryKey: [...GRANTS, "list", query],
    queryFn: () => body(client.GET("/api/v1/grants/", { params: { query } })),
    placeholderData: keepPreviousData,
  });
}

/** Everybody to whom grants can be made, of all kinds, by a part of the name. */
export function useSubjects(search: string) {
  return useQuery({
    queryKey: ["accounts", "subjects", search],
    queryFn: () =>
      body(client.GET("/api/v1/subjects/", { params: { query: { limit: 50, ...(search && { search }) } } })),
    placeholderData: keepPreviousData,
  });
}

/** A new grant changes what is visible, to the caller too, so everything but the session is read anew. */
export function useCreateGrant() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (grant: GrantCreate) => body(client.POST("/api/v1/grants/", { body: grant })),
    onSuccess: () =>
      Promise.all([["access"], ["swarm"]].map((queryKey) => queryClient.invalidateQueries({ queryKey }))),
  });
}

const PREVIEW = { preview: true } as const;

/** Who would gain what by a grant; makes none. */
export async function previewGrant(grant: GrantCreate): Promise<AccessEffect> {
  return (await body(client.POST("/api/v1/grants/", { params: { query: PREVIEW }, body: grant }))) as AccessEffect;
}

/** Who would lose what without a grant; it stays. */
export function previewGrantDeletion(id: string): Promise<AccessEffect> {
  return body(client.DELETE("/api/v1/grants/{grant_id}/", { params: { path: { grant_id: id }, query: PREVIEW } }));
}

/** Another end or another comment; who, what and where make another grant. */
export function useUpdateGrant(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (changes: GrantUpdate) =>
      body(client.PATCH("/api/v1/grants/{grant_id}/", { params: { path: { grant_id: id } }, body: changes })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["access"] }),
  });
}

export function useDeleteGrant() {
  const queryClient = useQueryClient();
  return async (id: string) => {
    await body(client.DELETE("/api/v1/grants/{grant_id}/", { params: { path: { grant_id: id } } }));
    await Promise.all([["access"], ["swarm"]].map((queryKey) => queryClient.invalidateQueries({ queryKey })));
  };
}
