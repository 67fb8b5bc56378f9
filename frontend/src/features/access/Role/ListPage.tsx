import { Button, Label, PageSection, Skeleton } from "@patternfly/react-core";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import type { Role } from "@/api/types";
import { Comparison } from "@/features/access/Role/Comparison";
import { CreateRoleModal } from "@/features/access/Role/CreateRoleModal";
import { DeleteRoleModal } from "@/features/access/Role/DeleteRoleModal";
import { rolePath } from "@/features/access/Role/path";
import { useOperations, useRoles } from "@/features/access/Role/queries";
import { useSession } from "@/features/accounts/Session/queries";
import { Clip } from "@/ui/Clip";
import { DataTable, type Column } from "@/ui/ListPageBody";
import { PageFrame } from "@/ui/PageFrame";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { RowMenu } from "@/ui/RowMenu";
import { Time } from "@/ui/Time";

const COLUMNS: readonly Column<Role>[] = [
  {
    name: "Role",
    width: 25,
    cell: (role) => (
      <span className="qd-subject">
        <Link to={rolePath(role.name)} className="qd-shrink qd-clip" title={role.name}>
          {role.name}
        </Link>
        {role.is_builtin && (
          <Label isCompact variant="outline">
            built in
          </Label>
        )}
      </span>
    ),
  },
  { name: "Description", width: 35, cell: (role) => <Clip text={role.description} /> },
  { name: "Operations", cell: (role) => Object.keys(role.operations).length },
  { name: "Grants", cell: (role) => role.grants_count },
  { name: "Changed", cell: (role) => (role.is_builtin ? "" : <Time value={role.updated_at} />) },
];

export function RoleListPage() {
  const { capabilities } = useSession();
  const roles = useRoles();
  const operations = useOperations();
  const [params, setParams] = useSearchParams();
  const isComparing = params.has("compare");
  const [isCreating, setCreating] = useState(false);
  const [removing, setRemoving] = useState<Role | null>(null);
  const error = roles.error ?? operations.error;
  const create = capabilities.administrator && <Button onClick={() => setCreating(true)}>Create role</Button>;
  return (
    <PageFrame
      title="Roles"
      description="Named sets of operations. A grant gives a subject one role on one collection."
      actions={
        <span className="qd-actions">
          <Button variant="secondary" onClick={() => setParams(isComparing ? {} : { compare: "" }, { replace: true })}>
            {isComparing ? "Show the list" : "Compare the roles"}
          </Button>
          {create}
        </span>
      }
    >
      <PageSection isFilled>
        <ProblemAlert error={error} title="The roles could not be read" />
        {!error && isComparing && roles.data && operations.data && (
          <Comparison roles={roles.data.results} operations={operations.data} />
        )}
        {!error && isComparing && !(roles.data && operations.data) && (
          <Skeleton height="20rem" screenreaderText="Loading the roles" />
        )}
        {!error && !isComparing && (
          <DataTable
            label="roles"
            columns={COLUMNS}
            rows={roles.data?.results}
            rowKey={(role) => role.id}
            rowActions={(role) => (
              <RowMenu
                name={role.name}
                actions={[
                  role.capabilities.delete && { label: "Delete", isDanger: true, onClick: () => setRemoving(role) },
                ]}
              />
            )}
          />
        )}
      </PageSection>
      {isCreating && <CreateRoleModal onClose={() => setCreating(false)} />}
      {removing && <DeleteRoleModal role={removing} onClose={() => setRemoving(null)} />}
    </PageFrame>
  );
}
