import { Divider, Dropdown, DropdownItem, DropdownList, MenuToggle } from "@patternfly/react-core";
import UserIcon from "@patternfly/react-icons/dist/esm/icons/user-icon";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useSession, useSignOut } from "@/features/accounts/Session/queries";
import { useToasts } from "@/ui/Toasts";

export function UserMenu() {
  const [isOpen, setOpen] = useState(false);
  const { user } = useSession();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const toasts = useToasts();
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: "right" }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          icon={<UserIcon />}
          onClick={() => setOpen(!isOpen)}
          isExpanded={isOpen}
          className="qd-user-menu"
        >
          <span className="qd-clip" title={user.username}>
            {user.username}
          </span>
        </MenuToggle>
      )}
    >
      <DropdownList>
        <DropdownItem
          onClick={() => void navigate("/profile")}
          description={user.is_admin ? "Administrator" : user.full_name || undefined}
        >
          My profile
        </DropdownItem>
        <DropdownItem to="/api/docs" target="_blank" component="a">
          REST API documentation
        </DropdownItem>
        <Divider component="li" />
        <DropdownItem
          onClick={() =>
            signOut.mutate(undefined, { onError: (error) => toasts.failure("You are still signed in", error) })
          }
        >
          Sign out
        </DropdownItem>
      </DropdownList>
    </Dropdown>
  );
}
