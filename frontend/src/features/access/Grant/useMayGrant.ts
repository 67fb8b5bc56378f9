import { useSession } from "@/features/accounts/Session/queries";

/** Whether to offer making grants: the server decides on each one. */
export function useMayGrant(): boolean {
  const me = useSession();
  const isGroupAdministrator = [...me.organizations, ...me.teams].some((group) => group.is_admin);
  return me.capabilities.administrator || isGroupAdministrator;
}
