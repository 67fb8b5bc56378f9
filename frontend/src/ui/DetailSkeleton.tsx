import { Card, CardBody, Skeleton, Stack, StackItem } from "@patternfly/react-core";

export function DetailSkeleton() {
  return (
    <Card>
      <CardBody>
        <Stack hasGutter>
          {["45%", "70%", "30%", "60%"].map((width) => (
            <StackItem key={width}>
              <Skeleton width={width} screenreaderText="Loading" />
            </StackItem>
          ))}
        </Stack>
      </CardBody>
    </Card>
  );
}
