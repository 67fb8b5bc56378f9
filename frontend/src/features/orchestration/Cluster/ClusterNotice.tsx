import { Alert, PageSection } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { body, client } from "@/api/client";

/** Above every page of the swarm: engines that do not answer, because what is shown of them may be old. */
export function ClusterNotice() {
  const { data } = useQuery({
    queryKey: ["swarm", "clusters"] as const,
    queryFn: () => body(client.GET("/api/v1/clusters/")),
    // Events tell of every change but one: that a cluster has become silent.
    refetchInterval: 10_000,
  });
  const silent = (data?.results ?? []).filter(({ state }) => state === "unreachable");
  if (silent.length === 0) return null;
  return (
    <PageSection aria-live="polite">
      {silent.map((cluster) => (
        <Alert key={cluster.id} component="p" isInline variant="warning" title={cluster.advice}>
          {cluster.error}
        </Alert>
      ))}
    </PageSection>
  );
}
