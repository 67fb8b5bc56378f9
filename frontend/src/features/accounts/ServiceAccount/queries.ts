import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, client } from "@/api/client";
import type { Departure } from "@/api/types";
import { ORGANIZATIONS, type PartQuery } from "@/features/accounts/Organization/queries";
import { saveBlob } from "@/lib/download";

export function useServiceAccounts(organization: string, query: PartQuery, isEnabled = true) {
  return useQuery({
    queryKey: [...ORGANIZATIONS, "detail", organization, "service-accounts", query],
    queryFn: () =>
      body(
        client.GET("/api/v1/organizations/{organization}/service-accounts/", {
          params: { path: { organization }, query },
        }),
      ),
    placeholderData: keepPreviousData,
    enabled: isEnabled,
  });
}

export function useServiceAccount(organization: string, name: string) {
  return useQuery({
    queryKey: [...ORGANIZATIONS, "detail", organization, "service-accounts", name],
    queryFn: () =>
      body(
        client.GET("/api/v1/organizations/{organization}/service-accounts/{name}/", {
          params: { path: { organization, name } },
        }),
      ),
  });
}

export function useServiceAccountBundles(organization: string, name: string, isEnabled: boolean) {
  return useQuery({
    queryKey: ["certificates", "bundles", "service-account", organization, name],
    queryFn: () =>
      body(
        client.GET("/api/v1/organizations/{organization}/service-accounts/{name}/bundles/", {
          params: { path: { organization, name }, query: { limit: 200 } },
        }),
      ),
    enabled: isEnabled,
  });
}

/** Writes to the service accounts of one organisation. */
export function useServiceAccountActions(organization: string) {
  const queryClient = useQueryClient();
  const then = async <T>(answer: Promise<T>): Promise<T> => {
    const result = await answer;
    for (const queryKey of [["accounts"], ["access"], ["certificates"]]) {
      void queryClient.invalidateQueries({ queryKey });
    }
    return result;
  };
  const of = (name: string) => ({ path: { organization, name } });
  return {
    create: (account: { name: string; full_name: string }) =>
      then(
        body(
          client.POST("/api/v1/organizations/{organization}/service-accounts/", {
            params: { path: { organization } },
            body: account,
          }),
        ),
      ),
    update: (name: string, changes: { full_name?: string; is_active?: boolean }) =>
      then(
        body(
          client.PATCH("/api/v1/organizations/{organization}/service-accounts/{name}/", {
            params: of(name),
            body: changes,
          }),
        ),
      ),
    previewRemove: (name: string, heir: string): Promise<Departure> =>
      body(
        client.GET("/api/v1/organizations/{organization}/service-accounts/{name}/deletion", {
          params: { ...of(name), query: heir ? { inherit_to: heir } : {} },
        }),
      ),
    remove: (name: string, heir: string) =>
      then(
        body(
          client.DELETE("/api/v1/organizations/{organization}/service-accounts/{name}/", {
            params: { ...of(name), query: heir ? { inherit_to: heir } : {} },
          }),
        ),
      ),
    createBundle: (name: string, bundle: { name: string; expires_at?: string }) =>
      then(
        body(
          client.POST("/api/v1/organizations/{organization}/service-accounts/{name}/bundles/", {
            params: of(name),
            body: bundle,
            parseAs: "blob",
          }),
        ).then((zip) => saveBlob(zip, `quarterdeck-${organization}-${name}-${bundle.name}.zip`)),
      ),
  };
}
