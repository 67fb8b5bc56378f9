import { Button } from "@patternfly/react-core";
import MoonIcon from "@patternfly/react-icons/dist/esm/icons/moon-icon";
import SunIcon from "@patternfly/react-icons/dist/esm/icons/sun-icon";
import { setTheme, useTheme } from "@/app/theme";

export function ThemeToggle() {
  const isDark = useTheme() === "dark";
  return (
    <Button
      variant="plain"
      aria-label={isDark ? "Use the light theme" : "Use the dark theme"}
      icon={isDark ? <SunIcon /> : <MoonIcon />}
      onClick={() => setTheme(isDark ? "light" : "dark")}
    />
  );
}
