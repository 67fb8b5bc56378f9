import { useQuery } from "@tanstack/react-query";
import { body, client } from "@/api/client";

export interface Question {
  /** "user:bob". */
  subject: string;
  /** "Service Create". */
  operation: string;
  options: readonly string[];
  /** The path of a collection. */
  collection: string;
}

/** May somebody do something somewhere, and through what? Asked anew after every change of grants, as all of access is. */
export function useExplanation({ subject, operation, options, collection }: Question) {
  return useQuery({
    queryKey: ["access", "explain", subject, operation, options, collection],
    queryFn: () =>
      body(
        client.GET("/api/v1/access/explain", {
          params: { query: { subject, operation, option: [...options], target: `collection:${collection}` } },
        }),
      ),
    enabled: Boolean(subject.split(":")[1] && operation && collection),
  });
}
