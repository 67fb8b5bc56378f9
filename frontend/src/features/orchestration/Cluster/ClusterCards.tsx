import {
  Alert,
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  Content,
  Skeleton,
  Stack,
  StackItem,
} from "@patternfly/react-core";
import type { Cluster, Summary } from "@/api/types";
import { useSession } from "@/features/accounts/Session/queries";
import { AttachClusterButton } from "@/features/orchestration/Cluster/AttachClusterModal";
import { Clip } from "@/ui/Clip";
import { CodeExample } from "@/ui/CodeExample";
import { Facts } from "@/ui/Facts";
import { StateLabel } from "@/ui/StateLabel";
import { Time } from "@/ui/Time";

/** The attached engines, how they are, and what to do where one is not as it should be. */
export function ClusterCards({ summary }: { summary: Summary | undefined }) {
  const { capabilities } = useSession();
  const mayAttach = capabilities.administrator;
  if (summary === undefined) return <Skeleton height="12rem" screenreaderText="Reading the clusters" />;
  if (summary.clusters.length === 0) return <NoEngine mayAttach={mayAttach} />;
  return (
    <Stack hasGutter>
      {summary.clusters.map((cluster) => (
        <StackItem key={cluster.id}>
          <ClusterCard cluster={cluster} />
        </StackItem>
      ))}
    </Stack>
  );
}

function ClusterCard({ cluster }: { cluster: Cluster }) {
  return (
    <Card>
      <CardHeader actions={{ actions: <StateLabel state={cluster.state} />, hasNoOffset: true }}>
        <CardTitle component="h2">{cluster.name}</CardTitle>
      </CardHeader>
      <CardBody>
        <Stack hasGutter>
          {cluster.advice && (
            <StackItem>
              <Alert
                component="p"
                isInline
                variant={cluster.state === "ready" ? "info" : "warning"}
                title={cluster.advice}
              >
                {cluster.error}
              </Alert>
            </StackItem>
          )}
          <StackItem>
            <Facts
              facts={[
                ["Kind", cluster.kind === "swarm" ? "Docker Swarm" : "Docker engine, not in swarm mode"],
                cluster.version && ["Engine", `${cluster.version} (API ${cluster.api_version})`],
                ["Nodes", `${cluster.nodes.ready} of ${cluster.nodes.total} ready`],
                cluster.url && ["Address", <Clip key="url" text={cluster.url} mono />],
                ["Last seen", <Time key="seen" value={cluster.seen_at} />],
              ]}
            />
          </StackItem>
        </Stack>
      </CardBody>
    </Card>
  );
}

function NoEngine({ mayAttach }: { mayAttach: boolean }) {
  return (
    <Card>
      <CardHeader actions={{ actions: mayAttach ? <AttachClusterButton /> : null, hasNoOffset: true }}>
        <CardTitle component="h2">No engine is attached</CardTitle>
      </CardHeader>
      <CardBody>
        <Content component="p">
          Users, organisations, collections and grants work already; services, containers and nodes appear once a Docker
          engine is attached.
        </Content>
        <Content component="p">
          {mayAttach
            ? "Attach one here by its address, or start Quarterdeck with it. For services it must be a manager of a swarm: docker swarm init makes a lone engine one."
            : "Ask an administrator to attach one."}
        </Content>
        {mayAttach && (
          <CodeExample label="Start with an engine" code="QUARTERDECK_ENGINE=unix:///var/run/docker.sock make run" />
        )}
      </CardBody>
    </Card>
  );
}
