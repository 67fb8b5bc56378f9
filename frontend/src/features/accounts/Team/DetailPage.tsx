import { PageSection } from "@patternfly/react-core";
import { useParams } from "react-router";
import { asApiError } from "@/api/problem";
import { NotFoundPage } from "@/app/NotFoundPage";
import { MemberTable } from "@/features/accounts/Organization/MemberTable";
import { useTeam, useTeamMemberActions, useTeamMembers } from "@/features/accounts/Team/queries";
import { PageFrame } from "@/ui/PageFrame";
import { ProblemAlert } from "@/ui/ProblemAlert";

export function TeamDetailPage() {
  const { organization = "", team: name = "" } = useParams();
  const query = useTeam(organization, name);
  const members = useTeamMembers(organization, name);
  const actions = useTeamMemberActions(organization, name);
  if (query.error && asApiError(query.error).isNotFound) return <NotFoundPage />;
  return (
    <PageFrame
      title={name}
      description={
        query.data?.description ||
        `A team of ${organization}. Whoever is added becomes a member of ${organization} too.`
      }
      trail={[
        { label: "Organisations", to: "/organizations" },
        { label: organization, to: `/organizations/${organization}` },
        { label: "Teams", to: `/organizations/${organization}/teams` },
      ]}
    >
      <PageSection isFilled>
        <ProblemAlert error={query.error} title="The team could not be read" />
        <MemberTable
          group={`${organization}/${name}`}
          query={members}
          mayChange={Boolean(query.data?.capabilities.manage_members)}
          set={actions.set}
          remove={actions.remove}
        />
      </PageSection>
    </PageFrame>
  );
}
