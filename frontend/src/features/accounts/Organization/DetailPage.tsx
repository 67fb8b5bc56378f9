import { Button, Label } from "@patternfly/react-core";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { asApiError } from "@/api/problem";
import { NotFoundPage } from "@/app/NotFoundPage";
import { MemberTable } from "@/features/accounts/Organization/MemberTable";
import { RemoveOrganizationModal } from "@/features/accounts/Organization/RemoveOrganizationModal";
import { TeamTable } from "@/features/accounts/Organization/TeamTable";
import { useMembers, useOrganization, useOrganizationActions } from "@/features/accounts/Organization/queries";
import { DetailSkeleton } from "@/ui/DetailSkeleton";
import { PageFrame } from "@/ui/PageFrame";
import { PathTabs } from "@/ui/PathTabs";
import { ProblemAlert } from "@/ui/ProblemAlert";

const TRAIL = [{ label: "Organisations", to: "/organizations" }];
const TABS = [
  { key: "members", title: "Members" },
  { key: "teams", title: "Teams" },
];

export function OrganizationDetailPage() {
  const { organization: name = "", tab = "members" } = useParams();
  const query = useOrganization(name);
  const members = useMembers(name);
  const actions = useOrganizationActions();
  const navigate = useNavigate();
  const [isRemoving, setRemoving] = useState(false);
  if (query.error && asApiError(query.error).isNotFound) return <NotFoundPage />;
  const organization = query.data;
  return (
    <PageFrame
      title={name}
      description={organization?.full_name}
      trail={TRAIL}
      labels={organization?.is_builtin && <Label variant="outline">built in</Label>}
      actions={
        organization?.capabilities.delete && (
          <Button variant="danger" onClick={() => setRemoving(true)}>
            Delete
          </Button>
        )
      }
    >
      <PathTabs label="Parts of the organisation" base={`/organizations/${name}`} tabs={TABS} active={tab}>
        <ProblemAlert error={query.error} title="The organisation could not be read" />
        {!organization && !query.error && <DetailSkeleton />}
        {organization && tab === "members" && (
          <MemberTable
            group={name}
            query={members}
            mayChange={organization.capabilities.manage_members}
            set={(username, isAdmin) => actions.setMember(name, username, isAdmin)}
            remove={(username) => actions.removeMember(name, username)}
          />
        )}
        {organization && tab === "teams" && (
          <TeamTable organization={name} mayCreate={organization.capabilities.manage_teams} />
        )}
      </PathTabs>
      {isRemoving && organization && (
        <RemoveOrganizationModal
          organization={organization}
          onDone={() => void navigate("/organizations", { replace: true })}
          onClose={() => setRemoving(false)}
        />
      )}
    </PageFrame>
  );
}
