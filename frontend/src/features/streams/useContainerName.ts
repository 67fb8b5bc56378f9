import { useLocation } from "react-router";

/** What to call a container on its own page: the name that the link to it carried, else its short id. */
export function useContainerName(id: string): string {
  const { state } = useLocation() as { state: unknown };
  return typeof state === "string" && state !== "" ? state : id.slice(0, 12);
}
