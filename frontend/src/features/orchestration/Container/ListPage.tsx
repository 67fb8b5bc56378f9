import CubeIcon from "@patternfly/react-icons/dist/esm/icons/cube-icon";
import { Link } from "react-router";
import type { Container } from "@/api/types";
import { useContainers } from "@/features/orchestration/Container/queries";
import { imageName } from "@/features/orchestration/Service/ListPage";
import { shortTaskName } from "@/lib/taskName";
import { Clip } from "@/ui/Clip";
import { ListPageBody, type Column } from "@/ui/ListPageBody";
import { PageFrame } from "@/ui/PageFrame";
import { StateLabel } from "@/ui/StateLabel";
import { Time } from "@/ui/Time";
import { useListParams } from "@/ui/useListParams";

const COLUMNS: readonly Column<Container>[] = [
  {
    name: "Name",
    width: 25,
    cell: (container) =>
      container.service_id ? (
        <Link to={`/services/${container.service_id}`}>
          <Clip text={shortTaskName(container.name)} title={container.name} />
        </Link>
      ) : (
        <Clip text={shortTaskName(container.name)} title={container.name} />
      ),
  },
  { name: "State", cell: (container) => <StateLabel state={container.state} title={container.status} /> },
  { name: "Image", width: 20, cell: (container) => <Clip text={imageName(container.image)} mono /> },
  { name: "Collection", width: 15, cell: (container) => <Clip text={container.collection} /> },
  { name: "Node", cell: (container) => <Clip text={container.node} /> },
  { name: "Created", cell: (container) => <Time value={container.created_at} /> },
];

export function ContainerListPage() {
  const params = useListParams();
  const query = useContainers(params.query);
  return (
    <PageFrame title="Containers" description="Those of services and those that were started with docker run.">
      <ListPageBody
        label="containers"
        query={query}
        params={params}
        searchHint="Find by name"
        columns={COLUMNS}
        actionsWidth="10rem"
        rowKey={(container) => container.id}
        rowActions={(container) => (
          <span className="qd-actions">
            {container.capabilities.logs && (
              <Link
                to={`/containers/${container.id}/logs`}
                state={container.name}
                aria-label={`Logs of ${container.name}`}
              >
                Logs
              </Link>
            )}
            {container.capabilities.exec && container.state === "running" && (
              <Link
                to={`/containers/${container.id}/terminal`}
                state={container.name}
                aria-label={`Open a terminal in ${container.name}`}
              >
                Terminal
              </Link>
            )}
          </span>
        )}
        empty={{
          icon: CubeIcon,
          title: "No containers that you may see",
          body: "Containers appear here when a service of yours runs, or when you start one with docker run and your client bundle.",
          action: <Link to="/profile">Get a client bundle</Link>,
        }}
      />
    </PageFrame>
  );
}
