import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
} from "@patternfly/react-core";
import type { ReactNode } from "react";

/** Names and values of one object; entries that are false are left out. */
export function Facts({
  facts,
  children,
}: {
  facts: readonly ([name: string, value: ReactNode] | false | "")[];
  children?: ReactNode;
}) {
  return (
    <DescriptionList isCompact isHorizontal horizontalTermWidthModifier={{ default: "14ch" }}>
      {facts
        .filter((fact) => fact !== false && fact !== "")
        .map(([name, value]) => (
          <DescriptionListGroup key={name}>
            <DescriptionListTerm>{name}</DescriptionListTerm>
            <DescriptionListDescription className="qd-shrink">{value}</DescriptionListDescription>
          </DescriptionListGroup>
        ))}
      {children}
    </DescriptionList>
  );
}
