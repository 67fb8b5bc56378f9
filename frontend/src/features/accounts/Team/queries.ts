import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, client } from "@/api/client";
import type { AccessEffect } from "@/api/types";
import { ORGANIZATIONS, PREVIEW, type PartQuery } from "@/features/accounts/Organization/queries";

export function useTeam(organization: string, team: string) {
  return useQuery({
    queryKey: [...ORGANIZATIONS, "detail", organization, "teams", "detail", team],
    queryFn: () =>
      body(
        client.GET("/api/v1/organizations/{organization}/teams/{team}/", { params: { path: { organization, team } } }),
      ),
  });
}

export function useTeamMembers(organization: string, team: string, query: PartQuery) {
  return useQuery({
    queryKey: [...ORGANIZATIONS, "detail", organization, "teams", "detail", team, "members", query],
    queryFn: () =>
      body(
        client.GET("/api/v1/organizations/{organization}/teams/{team}/members/", {
          params: { path: { organization, team }, query },
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useTeamMemberActions(organization: string, team: string) {
  const queryClient = useQueryClient();
  const path = (username: string) => ({ path: { organization, team, username } });
  const reread = () =>
    Promise.all([["accounts"], ["access"]].map((queryKey) => queryClient.invalidateQueries({ queryKey })));
  return {
    set: async (username: string, is_admin: boolean) => {
      await body(
        client.PUT("/api/v1/organizations/{organization}/teams/{team}/members/{username}/", {
          params: path(username),
          body: { is_admin },
        }),
      );
      await reread();
    },
    previewSet: async (username: string, is_admin: boolean) =>
      (await body(
        client.PUT("/api/v1/organizations/{organization}/teams/{team}/members/{username}/", {
          params: { ...path(username), query: PREVIEW },
          body: { is_admin },
        }),
      )) as AccessEffect,
    previewRemove: (username: string): Promise<AccessEffect> =>
      body(
        client.DELETE("/api/v1/organizations/{organization}/teams/{team}/members/{username}/", {
          params: { ...path(username), query: PREVIEW },
        }),
      ),
    remove: async (username: string) => {
      await body(
        client.DELETE("/api/v1/organizations/{organization}/teams/{team}/members/{username}/", {
          params: path(username),
        }),
      );
      await reread();
    },
  };
}
