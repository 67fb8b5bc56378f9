import { Bullseye, Spinner } from "@patternfly/react-core";

export function Loading() {
  return (
    <Bullseye className="qd-full-height">
      <Spinner aria-label="Loading the console" />
    </Bullseye>
  );
}
