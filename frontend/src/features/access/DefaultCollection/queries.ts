import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, client } from "@/api/client";

const USER = "/api/v1/users/{username}/default-collection/";
const SERVICE_ACCOUNT = "/api/v1/organizations/{organization}/service-accounts/{name}/default-collection/";

/** "bob", or "acme/ci" of a service account: where what it makes goes unless a label says otherwise. */
export function useDefaultCollection(account: string) {
  const [organization = "", name] = account.split("/");
  return useQuery({
    queryKey: ["access", "default-collections", account],
    queryFn: () =>
      body(
        name === undefined
          ? client.GET(USER, { params: { path: { username: account } } })
          : client.GET(SERVICE_ACCOUNT, { params: { path: { organization, name } } }),
      ),
  });
}

/** Sets the default collection; "" goes back to the one it had at first. */
export function useSetDefaultCollection(account: string) {
  const queryClient = useQueryClient();
  const [organization = "", name] = account.split("/");
  return useMutation({
    mutationFn: async (collection: string): Promise<void> => {
      if (name === undefined) {
        const params = { path: { username: account } };
        await (collection ? client.PUT(USER, { params, body: { collection } }) : client.DELETE(USER, { params }));
      } else {
        const params = { path: { organization, name } };
        await (collection
          ? client.PUT(SERVICE_ACCOUNT, { params, body: { collection } })
          : client.DELETE(SERVICE_ACCOUNT, { params }));
      }
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["access", "default-collections"] }),
  });
}
