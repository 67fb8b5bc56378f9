import { Button, PageSection, Stack, StackItem } from "@patternfly/react-core";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { asApiError } from "@/api/problem";
import { NotFoundPage } from "@/app/NotFoundPage";
import { GrantTable } from "@/features/access/Grant/GrantTable";
import { MemberTable } from "@/features/accounts/Organization/MemberTable";
import { useTeam, useTeamMemberActions, useTeamMembers } from "@/features/accounts/Team/queries";
import { EditTeamModal, RemoveTeamModal } from "@/features/accounts/Team/TeamModals";
import { PageFrame } from "@/ui/PageFrame";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { usePaging } from "@/ui/usePaging";

export function TeamDetailPage() {
  const { organization = "", team: name = "" } = useParams();
  const query = useTeam(organization, name);
  const paging = usePaging();
  const members = useTeamMembers(organization, name, paging.query);
  const actions = useTeamMemberActions(organization, name);
  const navigate = useNavigate();
  const [open, setOpen] = useState<"edit" | "delete" | null>(null);
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
      actions={
        <span className="qd-actions">
          {query.data?.capabilities.update && (
            <Button variant="secondary" onClick={() => setOpen("edit")}>
              Edit or rename
            </Button>
          )}
          {query.data?.capabilities.delete && (
            <Button variant="danger" onClick={() => setOpen("delete")}>
              Delete
            </Button>
          )}
        </span>
      }
    >
      <PageSection isFilled>
        <ProblemAlert error={query.error} title="The team could not be read" />
        <Stack hasGutter>
          <StackItem>
            <MemberTable
              group={`${organization}/${name}`}
              query={members}
              paging={paging}
              mayChange={Boolean(query.data?.capabilities.manage_members)}
              set={actions.set}
              remove={actions.remove}
              previewSet={actions.previewSet}
              previewRemove={actions.previewRemove}
            />
          </StackItem>
          <StackItem>
            <GrantTable
              title="Grants to the team"
              empty="No grant is made to this team: its members may do what they were granted otherwise, and nothing more."
              subject={`team:${organization}/${name}`}
            />
          </StackItem>
        </Stack>
      </PageSection>
      {query.data && open === "edit" && (
        <EditTeamModal
          team={query.data}
          onSaved={(saved) => void navigate(`/organizations/${organization}/teams/${saved}`, { replace: true })}
          onClose={() => setOpen(null)}
        />
      )}
      {query.data && open === "delete" && (
        <RemoveTeamModal
          organization={organization}
          team={name}
          onDone={() => void navigate(`/organizations/${organization}/teams`, { replace: true })}
          onClose={() => setOpen(null)}
        />
      )}
    </PageFrame>
  );
}
