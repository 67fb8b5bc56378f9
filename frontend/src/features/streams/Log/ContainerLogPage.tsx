import { PageSection } from "@patternfly/react-core";
import { useParams } from "react-router";
import { LogViewer } from "@/features/streams/Log/LogViewer";
import { useContainerName } from "@/features/streams/useContainerName";
import { PageFrame } from "@/ui/PageFrame";

export function ContainerLogPage() {
  const { id = "" } = useParams();
  const name = useContainerName(id);
  return (
    <PageFrame title={`Logs of ${name}`} trail={[{ label: "Containers", to: "/containers" }]}>
      <PageSection isFilled className="qd-fill">
        <LogViewer key={id} path={`/ws/logs/containers/${id}`} name={name} />
      </PageSection>
    </PageFrame>
  );
}
