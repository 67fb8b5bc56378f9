import type { Kind } from "@/features/access/Grant/SubjectChoice";
import { useSession } from "@/features/accounts/Session/queries";

/** Whether to offer making grants, to one subject where it is given: the server decides on each one. */
export function useMayGrant(subject = ""): boolean {
  const me = useSession();
  if (me.capabilities.administrator) return true;
  const administered = me.organizations.filter(({ is_admin }) => is_admin).map(({ name }) => name);
  if (!subject) return administered.length > 0;
  const [kind = "", name = ""] = subject.split(":");
  return GRANTED_BY_ORGANIZATIONS.some((each) => each === kind) && administered.includes(name.split("/")[0]!);
}

/** The kinds of subjects one may grant to; nothing where that is all of them. */
export function useGrantedKinds(): readonly Kind[] | undefined {
  return useSession().capabilities.administrator ? undefined : GRANTED_BY_ORGANIZATIONS;
}

/** Who administers an organisation grants to its teams and service accounts, and to nobody else. */
const GRANTED_BY_ORGANIZATIONS: readonly Kind[] = ["team", "service-account"];
