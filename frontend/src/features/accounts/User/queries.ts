import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, client } from "@/api/client";
import type { UserWrite } from "@/api/types";

const USERS = ["accounts", "users"] as const;

export function useUsers(query: { limit: number; offset?: number; search?: string }, isEnabled = true) {
  return useQuery({
    queryKey: [...USERS, "list", query],
    queryFn: () => body(client.GET("/api/v1/users/", { params: { query } })),
    placeholderData: keepPreviousData,
    enabled: isEnabled,
  });
}

/** Creates a user where `username` is null, changes that one otherwise. */
export function useSaveUser(username: string | null) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (user: UserWrite) =>
      username === null
        ? body(client.POST("/api/v1/users/", { body: user }))
        : body(client.PATCH("/api/v1/users/{username}/", { params: { path: { username } }, body: user })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["accounts"] }),
  });
}

export function useDeleteUser() {
  const queryClient = useQueryClient();
  return async (username: string) => {
    await body(client.DELETE("/api/v1/users/{username}/", { params: { path: { username } } }));
    await queryClient.invalidateQueries({ queryKey: ["accounts"] });
  };
}
