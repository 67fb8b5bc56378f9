import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { body, client } from "@/api/client";
import { resourceOf, type Place } from "@/features/access/Grant/place";

export interface Question {
  /** "user:bob". */
  subject: string;
  /** "Service Create". */
  operation: string;
  options: readonly string[];
  place: Place;
}

/** May somebody do something somewhere, and through what? Asked anew after every change of grants, as all of access is. */
export function useExplanation({ subject, operation, options, place }: Question) {
  return useQuery({
    queryKey: ["access", "explain", subject, operation, options, place],
    queryFn: () =>
      body(
        client.GET("/api/v1/access/explain", {
          params: { query: { subject, operation, option: [...options], target: resourceOf(place) } },
        }),
      ),
    enabled: Boolean(subject.split(":")[1] && operation && place),
  });
}

/** Who may do something somewhere, by name, and through what. */
export function useHolders({ operation, options, place }: Question, query: { limit: number; offset: number }) {
  return useQuery({
    queryKey: ["access", "who-can", operation, options, place, query],
    queryFn: () =>
      body(
        client.GET("/api/v1/access/who-can", {
          params: { query: { ...query, operation, option: [...options], target: resourceOf(place) } },
        }),
      ),
    enabled: Boolean(operation && place),
    placeholderData: keepPreviousData,
  });
}

/** Where somebody's rights begin or grow, and what may be done from there down. */
export function useHeld(subject: string, query: { limit: number; offset: number }) {
  return useQuery({
    queryKey: ["access", "what-can", subject, query],
    queryFn: () => body(client.GET("/api/v1/access/what-can", { params: { query: { ...query, subject } } })),
    enabled: Boolean(subject.split(":")[1]),
    placeholderData: keepPreviousData,
  });
}
