import { Alert, PageSection } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { body, client } from "@/api/client";

/** Above every page of the swarm: what is to be done about its engines, because what is shown of them may be old. */
export function ClusterNotice() {
  const { data } = useQuery({
    queryKey: ["swarm", "clusters"] as const,
    queryFn: () => body(client.GET("/api/v1/clusters/")),
    // Events tell of every change but one: that a cluster has become silent.
    refetchInterval: 10_000,
  });
  const wanting = (data?.results ?? []).filter(({ advice }) => advice);
  if (wanting.length === 0) return null;
  return (
    <PageSection aria-live="polite">
      {wanting.map((cluster) => (
        <Alert
          key={cluster.id}
          component="p"
          isInline
          variant={cluster.state === "ready" ? "info" : "warning"}
          title={cluster.advice}
        >
          {cluster.error}
        </Alert>
      ))}
    </PageSection>
  );
}
