import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, client } from "@/api/client";
import type { AccessEffect, Departure } from "@/api/types";

export const ORGANIZATIONS = ["accounts", "organizations"] as const;

/** Changes nothing: the answer is who would gain and lose what. */
export const PREVIEW = { preview: true } as const;

/** One page of what belongs to an organisation. */
export interface PartQuery {
  limit: number;
  offset?: number;
  search?: string;
}

export function useOrganizations(query: PartQuery) {
  return useQuery({
    queryKey: [...ORGANIZATIONS, "list", query],
    queryFn: () => body(client.GET("/api/v1/organizations/", { params: { query } })),
    placeholderData: keepPreviousData,
  });
}

export function useOrganization(organization: string) {
  return useQuery({
    queryKey: [...ORGANIZATIONS, "detail", organization],
    queryFn: () => body(client.GET("/api/v1/organizations/{organization}/", { params: { path: { organization } } })),
  });
}

export function useMembers(organization: string, query: PartQuery) {
  return useQuery({
    queryKey: [...ORGANIZATIONS, "detail", organization, "members", query],
    queryFn: () =>
      body(
        client.GET("/api/v1/organizations/{organization}/members/", {
          params: { path: { organization }, query },
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useTeams(organization: string, query: PartQuery, isEnabled = true) {
  return useQuery({
    queryKey: [...ORGANIZATIONS, "detail", organization, "teams", "list", query],
    queryFn: () =>
      body(
        client.GET("/api/v1/organizations/{organization}/teams/", {
          params: { path: { organization }, query },
        }),
      ),
    placeholderData: keepPreviousData,
    enabled: isEnabled,
  });
}

/** Writes to organisations, teams and memberships; each makes everything about accounts be read anew. */
export function useOrganizationActions() {
  const queryClient = useQueryClient();
  const then = async <T>(answer: Promise<T>): Promise<T> => {
    const result = await answer;
    // Not waited for: the page of what has been renamed or deleted is left before it is read anew.
    for (const queryKey of [["accounts"], ["access"]]) void queryClient.invalidateQueries({ queryKey });
    return result;
  };
  return {
    create: (organization: { name: string; full_name: string }) =>
      then(body(client.POST("/api/v1/organizations/", { body: organization }))),
    update: (organization: string, changes: { name?: string; full_name?: string }) =>
      then(
        body(
          client.PATCH("/api/v1/organizations/{organization}/", { params: { path: { organization } }, body: changes }),
        ),
      ),
    remove: (organization: string, heir: string) =>
      then(
        body(
          client.DELETE("/api/v1/organizations/{organization}/", {
            params: { path: { organization }, query: heir ? { inherit_to: heir } : {} },
          }),
        ),
      ),
    setMember: (organization: string, username: string, is_admin: boolean) =>
      then(
        body(
          client.PUT("/api/v1/organizations/{organization}/members/{username}/", {
            params: { path: { organization, username } },
            body: { is_admin },
          }),
        ),
      ),
    previewSetMember: async (organization: string, username: string, is_admin: boolean) =>
      (await body(
        client.PUT("/api/v1/organizations/{organization}/members/{username}/", {
          params: { path: { organization, username }, query: PREVIEW },
          body: { is_admin },
        }),
      )) as AccessEffect,
    previewRemoveMember: (organization: string, username: string): Promise<AccessEffect> =>
      body(
        client.DELETE("/api/v1/organizations/{organization}/members/{username}/", {
          params: { path: { organization, username }, query: PREVIEW },
        }),
      ),
    removeMember: (organization: string, username: string) =>
      then(
        body(
          client.DELETE("/api/v1/organizations/{organization}/members/{username}/", {
            params: { path: { organization, username } },
          }),
        ),
      ),
    createTeam: (organization: string, team: { name: string; description: string }) =>
      then(
        body(
          client.POST("/api/v1/organizations/{organization}/teams/", {
            params: { path: { organization } },
            body: team,
          }),
        ),
      ),
    updateTeam: (organization: string, team: string, changes: { name?: string; description?: string }) =>
      then(
        body(
          client.PATCH("/api/v1/organizations/{organization}/teams/{team}/", {
            params: { path: { organization, team } },
            body: changes,
          }),
        ),
      ),
    removeTeam: (organization: string, team: string) =>
      then(
        body(
          client.DELETE("/api/v1/organizations/{organization}/teams/{team}/", {
            params: { path: { organization, team } },
          }),
        ),
      ),
  };
}

/** A mutation over one of the actions, for forms. */
export function useAction<T>(action: (value: T) => Promise<unknown>) {
  return useMutation({ mutationFn: action });
}

/** What would become of what belongs to an organisation, or to one of its parts, if it were deleted; changes nothing. */
export function previewOrganizationDeletion(organization: string, heir: string): Promise<Departure> {
  return body(
    client.GET("/api/v1/organizations/{organization}/deletion", {
      params: { path: { organization }, query: heir ? { inherit_to: heir } : {} },
    }),
  );
}

export function previewTeamDeletion(organization: string, team: string): Promise<Departure> {
  return body(
    client.GET("/api/v1/organizations/{organization}/teams/{team}/deletion", {
      params: { path: { organization, team } },
    }),
  );
}
