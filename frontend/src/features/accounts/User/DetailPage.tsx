import { Card, CardBody, CardHeader, CardTitle, Content, Grid, GridItem, Label } from "@patternfly/react-core";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { asApiError } from "@/api/problem";
import type { UserDetail } from "@/api/types";
import { NotFoundPage } from "@/app/NotFoundPage";
import { DefaultCollectionCard } from "@/features/access/DefaultCollection/DefaultCollectionCard";
import { explorerPath } from "@/features/access/Explorer/path";
import { GrantTable } from "@/features/access/Grant/GrantTable";
import { useSession } from "@/features/accounts/Session/queries";
import { UserActionModal, userActions, type UserAction } from "@/features/accounts/User/actions";
import { useUser } from "@/features/accounts/User/queries";
import { BundleTable } from "@/features/certificates/Bundle/BundleTable";
import { useBundles } from "@/features/certificates/Bundle/queries";
import { DetailSkeleton } from "@/ui/DetailSkeleton";
import { Facts } from "@/ui/Facts";
import { LinkButton } from "@/ui/LinkButton";
import { PageFrame } from "@/ui/PageFrame";
import { PathTabs } from "@/ui/PathTabs";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { RowMenu } from "@/ui/RowMenu";
import { Time } from "@/ui/Time";

const TRAIL = [{ label: "Users", to: "/users" }];
const TABS = [
  { key: "account", title: "Account" },
  { key: "grants", title: "Grants" },
  { key: "bundles", title: "Client bundles" },
];

export function UserDetailPage() {
  const { username = "", tab = "account" } = useParams();
  const { user: self } = useSession();
  const query = useUser(username);
  const navigate = useNavigate();
  const [action, setAction] = useState<UserAction | null>(null);
  if (query.error && asApiError(query.error).isNotFound) return <NotFoundPage />;
  const user = query.data;
  return (
    <PageFrame
      title={username}
      description={user?.full_name}
      trail={TRAIL}
      labels={
        user && (
          <span className="qd-actions">
            {!user.is_active && <Label variant="outline">deactivated</Label>}
            {user.is_admin && <Label color="purple">administrator</Label>}
          </span>
        )
      }
      actions={
        user && (
          <span className="qd-actions">
            <LinkButton to={explorerPath({ subject: `user:${username}` }, "what-can")}>What they may do</LinkButton>
            <RowMenu name={username} actions={userActions(user, self.username, setAction)} />
          </span>
        )
      }
    >
      <PathTabs label="Parts of the user" base={`/users/${username}`} tabs={TABS} active={tab}>
        <ProblemAlert error={query.error} title="The user could not be read" />
        {!user && !query.error && <DetailSkeleton />}
        {user && tab === "account" && (
          <Grid hasGutter>
            <GridItem lg={6}>
              <Card isFullHeight>
                <CardHeader>
                  <CardTitle component="h2">Account</CardTitle>
                </CardHeader>
                <CardBody>
                  <Facts
                    facts={[
                      ["User name", user.username],
                      user.full_name && ["Full name", user.full_name],
                      user.email && ["Email", user.email],
                      ["Status", user.is_active ? "active" : "deactivated"],
                      ["Source", user.source],
                      ["Made", <Time key="made" value={user.created_at} />],
                      ["Signed in", <Time key="login" value={user.last_login} />],
                    ]}
                  />
                </CardBody>
              </Card>
            </GridItem>
            <GridItem lg={6}>
              <Memberships user={user} />
            </GridItem>
            <GridItem span={12}>
              <DefaultCollectionCard account={username} />
            </GridItem>
          </Grid>
        )}
        {user && tab === "grants" && (
          <GrantTable
            title="Grants, also through teams and organisations"
            empty="No grant reaches this user: there is nothing the account may do."
            subject={`user:${username}`}
          />
        )}
        {user && tab === "bundles" && <Bundles username={username} />}
      </PathTabs>
      {user && action && (
        <UserActionModal
          user={user}
          action={action}
          onSaved={(saved) => {
            if (saved.username !== username) void navigate(`/users/${saved.username}`, { replace: true });
          }}
          onDeleted={() => void navigate("/users", { replace: true })}
          onClose={() => setAction(null)}
        />
      )}
    </PageFrame>
  );
}

/** Where the user belongs. */
function Memberships({ user }: { user: UserDetail }) {
  const groups = user.memberships.flatMap(({ name, teams }) => [name, ...teams.map((team) => `${name}/${team.name}`)]);
  return (
    <Card isFullHeight>
      <CardHeader>
        <CardTitle component="h2">Organisations and teams</CardTitle>
      </CardHeader>
      <CardBody>
        {groups.length > 0 ? (
          <ul className="qd-links">
            {groups.map((group) => {
              const [organization, team] = group.split("/");
              const to = `/organizations/${organization}${team ? `/teams/${team}` : ""}`;
              return (
                <li key={group}>
                  <Link to={to} className="qd-clip">
                    {group}
                  </Link>
                </li>
              );
            })}
          </ul>
        ) : (
          <Content component="p">
            In none but everyone. Add the user to a team, and the team&apos;s grants hold for the user, too.
          </Content>
        )}
      </CardBody>
    </Card>
  );
}

function Bundles({ username }: { username: string }) {
  const query = useBundles(username);
  return (
    <Card>
      <CardHeader>
        <CardTitle component="h2">Client bundles</CardTitle>
      </CardHeader>
      <CardBody>
        <Content component="p">
          With a bundle the docker CLI works here as {username}. Only {username} makes them, on the own profile; delete
          one that was lost.
        </Content>
        <BundleTable query={query} empty={`${username} has no client bundle.`} />
      </CardBody>
    </Card>
  );
}
