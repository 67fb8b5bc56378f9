import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, client, ifMatch, versionedBody } from "@/api/client";
import type { Role, RoleCreate, RolePreview, RoleUpdate } from "@/api/types";

const ROLES = ["access", "roles"] as const;

export function useRoles() {
  return useQuery({
    queryKey: [...ROLES, "list"],
    queryFn: () => body(client.GET("/api/v1/roles/", { params: { query: { limit: 1000 } } })),
    staleTime: 60_000,
  });
}

/** One role with its version. */
export function useRole(name: string) {
  return useQuery({
    queryKey: [...ROLES, "detail", name],
    queryFn: () => versionedBody(client.GET("/api/v1/roles/{name}/", { params: { path: { name } } })),
  });
}

/** What a custom role was, newest first. */
export function useRoleHistory(name: string, query: { limit: number; offset: number }) {
  return useQuery({
    queryKey: [...ROLES, "detail", name, "history", query],
    queryFn: () => body(client.GET("/api/v1/roles/{name}/history/", { params: { path: { name }, query } })),
    placeholderData: keepPreviousData,
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

const PREVIEW = { preview: true } as const;

/** Changes to roles, and what each would do before it is done. A changed role changes what everybody may see. */
export function useRoleActions() {
  const queryClient = useQueryClient();
  const then = async <T>(answer: Promise<T>): Promise<T> => {
    const result = await answer;
    // Not waited for: a role that has just been renamed or deleted is left before it is read anew.
    for (const queryKey of [["access"], ["swarm"]]) void queryClient.invalidateQueries({ queryKey });
    return result;
  };
  const of = (name: string) => ({ path: { name } });
  return {
    create: (role: RoleCreate) => then(body(client.POST("/api/v1/roles/", { body: role }))),
    previewUpdate: async (name: string, changes: RoleUpdate) =>
      (await body(
        client.PATCH("/api/v1/roles/{name}/", { params: { ...of(name), query: PREVIEW }, body: changes }),
      )) as RolePreview,
    update: async (name: string, changes: RoleUpdate, etag: string) =>
      (await then(
        body(client.PATCH("/api/v1/roles/{name}/", { params: of(name), body: changes, headers: ifMatch(etag) })),
      )) as Role,
    previewRestore: async (name: string, version: number) =>
      (await body(
        client.POST("/api/v1/roles/{name}/restore", { params: { ...of(name), query: PREVIEW }, body: { version } }),
      )) as RolePreview,
    restore: async (name: string, version: number, etag: string) =>
      (await then(
        body(
          client.POST("/api/v1/roles/{name}/restore", { params: of(name), body: { version }, headers: ifMatch(etag) }),
        ),
      )) as Role,
    previewRemove: async (name: string) =>
      await body(client.DELETE("/api/v1/roles/{name}/", { params: { ...of(name), query: PREVIEW } })),
    remove: (name: string, withGrants: boolean) =>
      then(
        body(
          client.DELETE("/api/v1/roles/{name}/", {
            params: { ...of(name), query: withGrants ? { with_grants: true } : {} },
          }),
        ),
      ),
  };
}
