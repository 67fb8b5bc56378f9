import { Card, CardBody, CardTitle, Grid, GridItem, PageSection, Skeleton } from "@patternfly/react-core";
import { Link } from "react-router";
import type { Summary } from "@/api/types";
import { ClusterCards } from "@/features/orchestration/Cluster/ClusterCards";
import { useSummary } from "@/features/orchestration/Dashboard/queries";
import { useSession } from "@/features/accounts/Session/queries";
import { RecentAudit } from "@/features/audit/Entry/RecentAudit";
import { PageFrame } from "@/ui/PageFrame";
import { ProblemAlert } from "@/ui/ProblemAlert";

interface Count {
  label: string;
  to: string;
  main: (summary: Summary) => number;
  note: (summary: Summary) => string;
  isBad?: (summary: Summary) => boolean;
}

const COUNTS: readonly Count[] = [
  {
    label: "Services",
    to: "/services",
    main: (summary) => summary.services.total,
    note: ({ services }) => `${services.running} fully running`,
    isBad: ({ services }) => services.running < services.total,
  },
  {
    label: "Tasks",
    to: "/services",
    main: (summary) => summary.tasks.running,
    note: ({ tasks }) => (tasks.failed ? `${tasks.failed} failed` : "running, none failed"),
    isBad: ({ tasks }) => tasks.failed > 0,
  },
  {
    label: "Nodes",
    to: "/nodes",
    main: (summary) => summary.nodes.total,
    note: ({ nodes }) => `${nodes.ready} ready`,
    isBad: ({ nodes }) => nodes.ready < nodes.total,
  },
  {
    label: "Containers",
    to: "/containers",
    main: (summary) => summary.containers.total,
    note: ({ containers }) => `${containers.running} running`,
  },
];

export function DashboardPage() {
  const summary = useSummary();
  const me = useSession();
  return (
    <PageFrame title="Dashboard" description="What you may see of the swarm, as it is now.">
      <PageSection>
        <ProblemAlert error={summary.error} title="The summary could not be read" />
        <Grid hasGutter sm={6} lg={3}>
          {COUNTS.map((count) => (
            <GridItem key={count.label}>
              <CountCard count={count} summary={summary.data} />
            </GridItem>
          ))}
        </Grid>
      </PageSection>
      <PageSection isFilled>
        <Grid hasGutter>
          <GridItem xl={me.capabilities.view_audit ? 5 : 12}>
            <ClusterCards summary={summary.data} />
          </GridItem>
          {me.capabilities.view_audit && (
            <GridItem xl={7}>
              <RecentAudit />
            </GridItem>
          )}
        </Grid>
      </PageSection>
    </PageFrame>
  );
}

function CountCard({ count, summary }: { count: Count; summary: Summary | undefined }) {
  return (
    <Card isCompact>
      <CardTitle component="h2">
        <Link to={count.to}>{count.label}</Link>
      </CardTitle>
      <CardBody>
        {summary ? (
          <>
            <span className="qd-count">{count.main(summary)}</span>
            <span className={count.isBad?.(summary) ? "qd-small qd-bad" : "qd-small qd-subtle"}>
              {count.note(summary)}
            </span>
          </>
        ) : (
          <Skeleton height="3.5rem" screenreaderText={`Counting ${count.label.toLowerCase()}`} />
        )}
      </CardBody>
    </Card>
  );
}
