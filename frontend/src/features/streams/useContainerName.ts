import { useLocation } from "react-router";
import { shortTaskName } from "@/lib/taskName";

/** What to call a container on its own page: the name that the link to it carried, else its short id. */
export function useContainerName(id: string): string {
  const { state } = useLocation() as { state: unknown };
  return typeof state === "string" && state !== "" ? shortTaskName(state) : id.slice(0, 12);
}
