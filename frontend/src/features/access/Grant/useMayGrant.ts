import { useSession } from "@/features/accounts/Session/queries";

/** Whether to offer making grants: the server decides on each one. */
export function useMayGrant(): boolean {
  const me = useSession();
  const isGroupAdministrator = [...me.organizations, ...me.teams].some((group) => group.is_admin);
  return Boolean(me.capabilities.create_grant ?? me.capabilities.administrator) || isGroupAdministrator;
}
