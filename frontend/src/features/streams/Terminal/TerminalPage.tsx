import { PageSection } from "@patternfly/react-core";
import { useParams } from "react-router";
import { TerminalView } from "@/features/streams/Terminal/TerminalView";
import { useContainerName } from "@/features/streams/useContainerName";
import { PageFrame } from "@/ui/PageFrame";

export function TerminalPage() {
  const { id = "" } = useParams();
  const name = useContainerName(id);
  return (
    <PageFrame
      title={`Terminal in ${name}`}
      description="A shell in the running container. It ends when you leave this page, and at once when the right to it ends."
      trail={[{ label: "Containers", to: "/containers" }]}
    >
      <PageSection isFilled className="qd-fill">
        <TerminalView key={id} containerId={id} label={`Terminal in ${name}`} />
      </PageSection>
    </PageFrame>
  );
}
