import { useSession } from "@/features/accounts/Session/queries";

/** Whether to offer making grants: the server decides on each one. */
export function useMayGrant(): boolean {
  const me = useSession();
  return me.capabilities.administrator || me.organizations.some(({ is_admin }) => is_admin);
}
