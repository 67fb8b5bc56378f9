import { Dropdown, DropdownItem, DropdownList, MenuToggle } from "@patternfly/react-core";
import EllipsisVIcon from "@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon";
import { useState } from "react";

export interface RowAction {
  label: string;
  onClick: () => void;
  isDanger?: boolean;
}

/** The "⋮" menu of one object. Nothing at all where this caller may do nothing to it. */
export function RowMenu({ name, actions }: { name: string; actions: readonly (RowAction | false | undefined)[] }) {
  const [isOpen, setOpen] = useState(false);
  const allowed = actions.filter((action): action is RowAction => Boolean(action));
  if (allowed.length === 0) return null;
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      shouldFocusFirstItemOnOpen
      shouldFocusToggleOnSelect
      popperProps={{ position: "right" }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant="plain"
          aria-label={`Actions for ${name}`}
          onClick={() => setOpen(!isOpen)}
          isExpanded={isOpen}
          icon={<EllipsisVIcon />}
        />
      )}
    >
      <DropdownList>
        {allowed.map((action) => (
          <DropdownItem key={action.label} onClick={action.onClick} isDanger={action.isDanger}>
            {action.label}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}
