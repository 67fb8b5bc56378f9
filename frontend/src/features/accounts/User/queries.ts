import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, client } from "@/api/client";
import { SESSION_KEY } from "@/api/queryClient";
import type { UserCreate, UserUpdate } from "@/api/types";

const USERS = ["accounts", "users"] as const;

export function useUsers(query: { limit: number; offset?: number; search?: string }, isEnabled = true) {
  return useQuery({
    queryKey: [...USERS, "list", query],
    queryFn: () => body(client.GET("/api/v1/users/", { params: { query } })),
    placeholderData: keepPreviousData,
    enabled: isEnabled,
  });
}

export function useCreateUser() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (user: UserCreate) => body(client.POST("/api/v1/users/", { body: user })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["accounts"] }),
  });
}

/** Changes a user; one's own details are part of the session too. */
export function useUpdateUser(username: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (user: UserUpdate) =>
      body(client.PATCH("/api/v1/users/{username}/", { params: { path: { username } }, body: user })),
    onSuccess: () =>
      Promise.all([["accounts"], SESSION_KEY].map((queryKey) => queryClient.invalidateQueries({ queryKey }))),
  });
}

export function useDeleteUser() {
  const queryClient = useQueryClient();
  return async (username: string) => {
    await body(client.DELETE("/api/v1/users/{username}/", { params: { path: { username } } }));
    await queryClient.invalidateQueries({ queryKey: ["accounts"] });
  };
}
