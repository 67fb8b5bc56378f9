import CubesIcon from "@patternfly/react-icons/dist/esm/icons/cubes-icon";
import { useState } from "react";
import { Link } from "react-router";
import type { Service } from "@/api/types";
import { MoveObjectModal } from "@/features/access/Collection/MoveObjectModal";
import { RemoveServiceModal } from "@/features/orchestration/Service/RemoveServiceModal";
import { ScaleServiceModal } from "@/features/orchestration/Service/ScaleServiceModal";
import { useServices } from "@/features/orchestration/Service/queries";
import { Clip } from "@/ui/Clip";
import { CodeExample } from "@/ui/CodeExample";
import { ListPageBody, type Column } from "@/ui/ListPageBody";
import { PageFrame } from "@/ui/PageFrame";
import { RowMenu } from "@/ui/RowMenu";
import { StateLabel } from "@/ui/StateLabel";
import { Time } from "@/ui/Time";
import { useListParams } from "@/ui/useListParams";

const COLUMNS: readonly Column<Service>[] = [
  {
    name: "Name",
    width: 25,
    cell: (service) => (
      <Link to={`/services/${service.id}`}>
        <Clip text={service.name} />
      </Link>
    ),
  },
  { name: "State", cell: (service) => <StateLabel state={service.state} /> },
  { name: "Replicas", cell: replicasText },
  { name: "Image", width: 25, cell: (service) => <Clip text={imageName(service.image)} mono /> },
  { name: "Collection", width: 20, cell: (service) => <Clip text={service.collection} /> },
  { name: "Owner", cell: (service) => <Clip text={service.owner} /> },
  { name: "Updated", cell: (service) => <Time value={service.updated_at} /> },
];

type Open = { kind: "scale" | "move" | "remove"; service: Service } | null;

export function ServiceListPage() {
  const params = useListParams();
  const query = useServices(params.query);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  return (
    <PageFrame title="Services" description="What the swarm keeps running for you, as far as you may see it.">
      <ListPageBody
        label="services"
        query={query}
        params={params}
        searchHint="Find by name"
        columns={COLUMNS}
        rowKey={(service) => service.id}
        rowActions={(service) => (
          <RowMenu
            name={service.name}
            actions={[
              isScalable(service) && { label: "Scale", onClick: () => setOpen({ kind: "scale", service }) },
              service.capabilities.move && { label: "Move…", onClick: () => setOpen({ kind: "move", service }) },
              service.capabilities.delete && {
                label: "Remove",
                isDanger: true,
                onClick: () => setOpen({ kind: "remove", service }),
              },
            ]}
          />
        )}
        empty={{
          icon: CubesIcon,
          title: "No services yet",
          body: (
            <>
              <p>
                A service is a container image that the swarm keeps running in as many copies as you ask for. Create one
                with the docker CLI and your client bundle; the label picks the collection it belongs to.
              </p>
              <CodeExample
                label="Example of creating a service"
                code={
                  "docker service create --name web \\\n  --label com.docker.ucp.access.label=/Shared/… \\\n  --replicas 2 IMAGE"
                }
              />
            </>
          ),
          action: <Link to="/profile">Get a client bundle</Link>,
        }}
      />
      {open?.kind === "scale" && <ScaleServiceModal service={open.service} onClose={close} />}
      {open?.kind === "move" && (
        <MoveObjectModal
          object={{ kind: "service", id: open.service.id, name: open.service.name }}
          from={open.service.collection}
          onClose={close}
        />
      )}
      {open?.kind === "remove" && <RemoveServiceModal service={open.service} onClose={close} />}
    </PageFrame>
  );
}

export function isScalable(service: Service): boolean {
  return Boolean(service.capabilities.update) && service.mode === "replicated";
}

export function replicasText(service: Service): string {
  return `${service.replicas.running} of ${service.replicas.desired}`;
}

/** Without the digest that the engine pins: it says nothing to people and is on the detail page. */
export function imageName(image: string): string {
  return image.replace(/@sha256:[0-9a-f]{64}$/, "");
}
