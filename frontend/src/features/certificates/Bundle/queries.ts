import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, client } from "@/api/client";
import { saveBlob } from "@/lib/download";

const BUNDLES = ["certificates", "bundles"] as const;

/** The client bundles of one person. */
export function useBundles(username: string) {
  return useQuery({
    queryKey: [...BUNDLES, "list", username],
    queryFn: () => body(client.GET("/api/v1/bundles/", { params: { query: { username, limit: 200 } } })),
  });
}

/** Makes a bundle and hands it to the browser as a file: its key exists nowhere else, so it is offered only once. */
export function useCreateBundle() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (bundle: { name: string; expires_at?: string }) => {
      const zip = await body(client.POST("/api/v1/bundles/", { body: bundle, parseAs: "blob" }));
      saveBlob(zip, `quarterdeck-${bundle.name}.zip`);
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: BUNDLES }),
  });
}

export function useDeleteBundle() {
  const queryClient = useQueryClient();
  return async (id: string) => {
    await body(client.DELETE("/api/v1/bundles/{bundle_id}/", { params: { path: { bundle_id: id } } }));
    await queryClient.invalidateQueries({ queryKey: BUNDLES });
  };
}
