import { Button, type ButtonProps } from "@patternfly/react-core";
import type { MouseEvent, ReactNode } from "react";
import { useHref, useNavigate } from "react-router";

/** A link to a page of the console that looks like a button; opens in another tab as any link does. */
export function LinkButton({
  to,
  variant = "secondary",
  children,
}: {
  to: string;
  variant?: ButtonProps["variant"];
  children: ReactNode;
}) {
  const href = useHref(to);
  const navigate = useNavigate();
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void navigate(to);
  };
  return (
    <Button variant={variant} component="a" href={href} onClick={follow}>
      {children}
    </Button>
  );
}
