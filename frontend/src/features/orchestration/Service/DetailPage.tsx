import { Button, PageSection } from "@patternfly/react-core";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { asApiError } from "@/api/problem";
import type { ServiceDetail } from "@/api/types";
import { NotFoundPage } from "@/app/NotFoundPage";
import { MoveObjectModal } from "@/features/access/Collection/MoveObjectModal";
import { isScalable, replicasText } from "@/features/orchestration/Service/ListPage";
import { Overview } from "@/features/orchestration/Service/Overview";
import { RemoveServiceModal } from "@/features/orchestration/Service/RemoveServiceModal";
import { ScaleServiceModal } from "@/features/orchestration/Service/ScaleServiceModal";
import { useService } from "@/features/orchestration/Service/queries";
import { TaskTable } from "@/features/orchestration/Task/TaskTable";
import { LogViewer } from "@/features/streams/Log/LogViewer";
import { DetailSkeleton } from "@/ui/DetailSkeleton";
import { PageFrame } from "@/ui/PageFrame";
import { PathTabs } from "@/ui/PathTabs";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { StateLabel } from "@/ui/StateLabel";

const TRAIL = [{ label: "Services", to: "/services" }];

export function ServiceDetailPage() {
  const { id = "", tab = "overview" } = useParams();
  const query = useService(id);
  if (query.error && asApiError(query.error).isNotFound) return <NotFoundPage />;
  if (!query.data) {
    return (
      <PageFrame title="Service" trail={TRAIL}>
        <PageSection>
          {query.error ? (
            <ProblemAlert error={query.error} title="The service could not be read" />
          ) : (
            <DetailSkeleton />
          )}
        </PageSection>
      </PageFrame>
    );
  }
  return <ServiceView key={id} service={query.data} tab={tab} />;
}

function ServiceView({ service, tab }: { service: ServiceDetail; tab: string }) {
  const navigate = useNavigate();
  const [open, setOpen] = useState<"scale" | "move" | "remove" | null>(null);
  const close = () => setOpen(null);
  return (
    <PageFrame
      title={service.name}
      trail={TRAIL}
      labels={<StateLabel state={service.state} title={replicasText(service)} />}
      actions={
        <span className="qd-actions">
          {isScalable(service) && (
            <Button variant="secondary" onClick={() => setOpen("scale")}>
              Scale
            </Button>
          )}
          {service.capabilities.move && (
            <Button variant="secondary" onClick={() => setOpen("move")}>
              Move…
            </Button>
          )}
          {service.capabilities.delete && (
            <Button variant="danger" onClick={() => setOpen("remove")}>
              Remove
            </Button>
          )}
        </span>
      }
    >
      <PathTabs
        label="Parts of the service"
        base={`/services/${service.id}`}
        active={tab}
        tabs={[
          { key: "overview", title: "Overview" },
          { key: "tasks", title: "Tasks" },
          ...(service.capabilities.logs ? [{ key: "logs", title: "Logs" }] : []),
        ]}
        isFilling={tab === "logs"}
      >
        {tab === "logs" ? (
          <LogViewer path={`/ws/logs/services/${service.id}`} name={service.name} />
        ) : tab === "tasks" ? (
          <TaskTable serviceId={service.id} />
        ) : (
          <Overview service={service} />
        )}
      </PathTabs>
      {open === "scale" && <ScaleServiceModal service={service} onClose={close} />}
      {open === "move" && (
        <MoveObjectModal
          object={{ kind: "service", id: service.id, name: service.name }}
          from={service.collection}
          onClose={close}
        />
      )}
      {open === "remove" && (
        <RemoveServiceModal
          service={service}
          onDone={() => void navigate("/services", { replace: true })}
          onClose={close}
        />
      )}
    </PageFrame>
  );
}
