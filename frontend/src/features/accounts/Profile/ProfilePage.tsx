import {
  Button,
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  Grid,
  GridItem,
  Label,
  PageSection,
} from "@patternfly/react-core";
import { useState } from "react";
import { Link } from "react-router";
import { DefaultCollectionCard } from "@/features/access/DefaultCollection/DefaultCollectionCard";
import { GrantTable } from "@/features/access/Grant/GrantTable";
import { SetPasswordModal } from "@/features/accounts/Session/InitialPasswordModal";
import { useSession } from "@/features/accounts/Session/queries";
import { BundlesCard } from "@/features/certificates/Bundle/BundlesCard";
import { Facts } from "@/ui/Facts";
import { PageFrame } from "@/ui/PageFrame";
import { Time } from "@/ui/Time";

export function ProfilePage() {
  const { user, organizations, teams } = useSession();
  const [isChanging, setChanging] = useState(false);
  return (
    <PageFrame title="My profile">
      <PageSection isFilled>
        <Grid hasGutter>
          <GridItem xl={4}>
            <Card isFullHeight>
              <CardHeader
                actions={{
                  actions: user.source === "local" && (
                    <Button variant="secondary" onClick={() => setChanging(true)}>
                      Change password
                    </Button>
                  ),
                  hasNoOffset: true,
                }}
              >
                <CardTitle component="h2">Account</CardTitle>
              </CardHeader>
              <CardBody>
                <Facts
                  facts={[
                    ["User name", user.username],
                    user.full_name && ["Full name", user.full_name],
                    user.email && ["Email", user.email],
                    user.is_admin && [
                      "Role",
                      <Label key="admin" isCompact color="purple">
                        administrator
                      </Label>,
                    ],
                    ["Signed in", <Time key="login" value={user.last_login} />],
                    organizations.length > 0 && [
                      "Organisations",
                      <Names
                        key="organizations"
                        names={organizations.map(({ name }) => [name, `/organizations/${name}`])}
                      />,
                    ],
                    teams.length > 0 && [
                      "Teams",
                      <Names
                        key="teams"
                        names={teams.map(({ organization, name }) => [
                          `${organization}/${name}`,
                          `/organizations/${organization}/teams/${name}`,
                        ])}
                      />,
                    ],
                  ]}
                />
              </CardBody>
            </Card>
          </GridItem>
          <GridItem xl={8}>
            <BundlesCard username={user.username} />
          </GridItem>
          <GridItem span={12}>
            <DefaultCollectionCard account={user.username} />
          </GridItem>
          <GridItem span={12}>
            <GrantTable
              title="What you were granted, also through teams and organisations"
              empty="No grant reaches you yet: ask an administrator for one on a collection."
              subject={`user:${user.username}`}
            />
          </GridItem>
        </Grid>
      </PageSection>
      {isChanging && (
        <SetPasswordModal username={user.username} title="Change your password" onClose={() => setChanging(false)} />
      )}
    </PageFrame>
  );
}

function Names({ names }: { names: readonly (readonly [name: string, to: string])[] }) {
  return (
    <ul className="qd-links">
      {names.map(([name, to]) => (
        <li key={to}>
          <Link to={to}>{name}</Link>
        </li>
      ))}
    </ul>
  );
}
