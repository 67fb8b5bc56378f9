import {
  Card,
  CardBody,
  CardTitle,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  Grid,
  GridItem,
  Label,
  LabelGroup,
} from "@patternfly/react-core";
import type { ServiceDetail } from "@/api/types";
import { imageName, replicasText } from "@/features/orchestration/Service/ListPage";
import { TaskTable } from "@/features/orchestration/Task/TaskTable";
import { Clip } from "@/ui/Clip";
import { Facts } from "@/ui/Facts";
import { Time } from "@/ui/Time";

/** What we keep on an object ourselves: its collection stands in a line of its own. */
const OWN_LABELS = "com.docker.ucp.access.";

export function Overview({ service }: { service: ServiceDetail }) {
  const labels = Object.entries(service.labels).filter(([name]) => !name.startsWith(OWN_LABELS));
  const command = commandOf(service.spec);
  return (
    <Grid hasGutter>
      <GridItem xl={5}>
        <Card isFullHeight>
          <CardTitle component="h2">Service</CardTitle>
          <CardBody>
            <Facts
              facts={[
                ["Mode", service.mode],
                [
                  "Replicas",
                  service.mode === "global" ? `${replicasText(service)} (one on each node)` : replicasText(service),
                ],
                ["Image", <Clip key="image" text={imageName(service.image)} mono />],
                command && [
                  "Command",
                  <code key="command" className="qd-break">
                    {command}
                  </code>,
                ],
                ["Collection", service.collection],
                ["Owner", service.owner || "nobody: made outside Quarterdeck"],
                service.ports.length > 0 && ["Ports", service.ports.map(portText).join(", ")],
                ["Created", <Time key="created" value={service.created_at} />],
                ["Updated", <Time key="updated" value={service.updated_at} />],
                ["Id", <Clip key="id" text={service.id} mono />],
              ]}
            >
              {labels.length > 0 && (
                <DescriptionListGroup>
                  <DescriptionListTerm>Labels</DescriptionListTerm>
                  <DescriptionListDescription>
                    <LabelGroup numLabels={6} aria-label="Labels of the service">
                      {labels.map(([name, value]) => (
                        <Label key={name} variant="outline" textMaxWidth="36ch">
                          {name}={value}
                        </Label>
                      ))}
                    </LabelGroup>
                  </DescriptionListDescription>
                </DescriptionListGroup>
              )}
            </Facts>
          </CardBody>
        </Card>
      </GridItem>
      <GridItem xl={7}>
        <Card isFullHeight>
          <CardTitle component="h2">Tasks</CardTitle>
          <CardBody>
            <TaskTable serviceId={service.id} isCurrentOnly />
          </CardBody>
        </Card>
      </GridItem>
    </Grid>
  );
}

/** A word as one would type it in a shell. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function portText({ published, target, protocol, mode }: ServiceDetail["ports"][number]): string {
  const way = mode === "host" ? " on the node itself" : "";
  return published ? `${published} to ${target}/${protocol}${way}` : `${target}/${protocol}`;
}

function commandOf(spec: Record<string, unknown>): string {
  const template = spec.TaskTemplate as { ContainerSpec?: { Command?: string[]; Args?: string[] } } | undefined;
  const words = [...(template?.ContainerSpec?.Command ?? []), ...(template?.ContainerSpec?.Args ?? [])];
  return words.map(shellWord).join(" ");
}
