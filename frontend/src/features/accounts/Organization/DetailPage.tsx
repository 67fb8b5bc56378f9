import { Button, Label } from "@patternfly/react-core";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { asApiError } from "@/api/problem";
import { NotFoundPage } from "@/app/NotFoundPage";
import { GrantTable } from "@/features/access/Grant/GrantTable";
import { EditModal } from "@/features/accounts/Organization/EditModal";
import { MemberTable } from "@/features/accounts/Organization/MemberTable";
import { RemoveOrganizationModal } from "@/features/accounts/Organization/RemoveOrganizationModal";
import { TeamTable } from "@/features/accounts/Organization/TeamTable";
import { useMembers, useOrganization, useOrganizationActions } from "@/features/accounts/Organization/queries";
import { ServiceAccountTable } from "@/features/accounts/ServiceAccount/ServiceAccountTable";
import { DetailSkeleton } from "@/ui/DetailSkeleton";
import { PageFrame } from "@/ui/PageFrame";
import { PathTabs } from "@/ui/PathTabs";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { usePaging } from "@/ui/usePaging";

const TRAIL = [{ label: "Organisations", to: "/organizations" }];
const TABS = [
  { key: "members", title: "Members" },
  { key: "teams", title: "Teams" },
  { key: "service-accounts", title: "Service accounts" },
  { key: "grants", title: "Grants" },
];

export function OrganizationDetailPage() {
  const { organization: name = "", tab = "members" } = useParams();
  const query = useOrganization(name);
  const paging = usePaging();
  const members = useMembers(name, paging.query);
  const actions = useOrganizationActions();
  const navigate = useNavigate();
  const [isEditing, setEditing] = useState(false);
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
        <span className="qd-actions">
          {organization?.capabilities.update && (
            <Button variant="secondary" onClick={() => setEditing(true)}>
              Edit or rename
            </Button>
          )}
          {organization?.capabilities.delete && (
            <Button variant="danger" onClick={() => setRemoving(true)}>
              Delete
            </Button>
          )}
        </span>
      }
    >
      <PathTabs label="Parts of the organisation" base={`/organizations/${name}`} tabs={TABS} active={tab}>
        <ProblemAlert error={query.error} title="The organisation could not be read" />
        {!organization && !query.error && <DetailSkeleton />}
        {organization && tab === "members" && (
          <MemberTable
            group={name}
            query={members}
            paging={paging}
            mayChange={organization.capabilities.manage_members}
            set={(username, isAdmin) => actions.setMember(name, username, isAdmin)}
            remove={(username) => actions.removeMember(name, username)}
            previewSet={(username, isAdmin) => actions.previewSetMember(name, username, isAdmin)}
            previewRemove={(username) => actions.previewRemoveMember(name, username)}
          />
        )}
        {organization && tab === "teams" && (
          <TeamTable organization={name} mayCreate={organization.capabilities.manage_teams} />
        )}
        {organization && tab === "service-accounts" && (
          <ServiceAccountTable organization={name} mayCreate={organization.capabilities.manage_service_accounts} />
        )}
        {organization && tab === "grants" && (
          <GrantTable
            title="Grants to all its members"
            empty="No grant is made to the organisation as a whole. Grants to its teams are on the pages of those."
            subject={`organization:${name}`}
          />
        )}
      </PathTabs>
      {isEditing && organization && (
        <EditModal
          title={name}
          name={name}
          text={organization.full_name}
          textField="full_name"
          textLabel="Full name"
          note="Its teams and service accounts are called after it; grants, bundles and memberships come along."
          save={(changes) => actions.update(name, changes)}
          onSaved={(saved) => {
            if (saved !== name) void navigate(`/organizations/${saved}`, { replace: true });
          }}
          onClose={() => setEditing(false)}
        />
      )}
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
