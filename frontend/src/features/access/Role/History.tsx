import { Button, Card, CardBody, Content, Label } from "@patternfly/react-core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Role, RoleVersion } from "@/api/types";
import { Preview } from "@/features/access/Role/Preview";
import { useRoleActions, useRoleHistory } from "@/features/access/Role/queries";
import { gained } from "@/lib/operations";
import { FormModal } from "@/ui/FormModal";
import { DataTable, type Column } from "@/ui/ListPageBody";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { Time } from "@/ui/Time";
import { useToasts } from "@/ui/Toasts";

/** What a role was, and the way back to any of it. */
export function History({ role, etag }: { role: Role; etag: string }) {
  const query = useRoleHistory(role.name, { limit: 200, offset: 0 });
  const [restoring, setRestoring] = useState<RoleVersion | null>(null);
  const versions = query.data?.results;
  const columns: readonly Column<RoleVersion>[] = [
    {
      name: "Version",
      width: 15,
      cell: (version) => (
        <span>
          {version.version}{" "}
          {version.version === role.version && (
            <Label isCompact status="success" variant="outline">
              now
            </Label>
          )}
        </span>
      ),
    },
    {
      name: "Changed",
      width: 20,
      cell: (version) => (
        <span>
          <Time value={version.changed_at} />
          {version.changed_by && ` by ${version.changed_by}`}
        </span>
      ),
    },
    { name: "What it changed", cell: (version) => <Difference version={version} versions={versions ?? []} /> },
  ];
  return (
    <Card>
      <CardBody>
        <ProblemAlert error={query.error} title="The history could not be read" />
        {(query.isPending || (versions && versions.length > 0)) && (
          <DataTable
            label="versions"
            columns={columns}
            rows={versions}
            rowKey={(version) => String(version.version)}
            actionsWidth="7rem"
            rowActions={
              role.capabilities.update
                ? (version) =>
                    version.version !== role.version && (
                      <Button variant="link" isInline onClick={() => setRestoring(version)}>
                        Restore<span className="pf-v6-screen-reader"> version {version.version}</span>
                      </Button>
                    )
                : undefined
            }
          />
        )}
        {versions?.length === 0 && (
          <Content component="p">
            {role.is_builtin
              ? "This role is built in: it never changes. Create a role from it to have one that you can edit."
              : "Nothing is recorded yet."}
          </Content>
        )}
      </CardBody>
      {restoring && <RestoreModal role={role} etag={etag} version={restoring} onClose={() => setRestoring(null)} />}
    </Card>
  );
}

function Difference({ version, versions }: { version: RoleVersion; versions: readonly RoleVersion[] }) {
  const before = versions.find(({ version: number }) => number === version.version - 1);
  if (!before) return <span className="qd-subtle">{version.version === 1 ? "made" : ""}</span>;
  const more = gained(before.operations, version.operations);
  const less = gained(version.operations, before.operations);
  const isNamed = before.name !== version.name || before.description !== version.description;
  return (
    <ul className="qd-rights">
      {isNamed && <li>{before.name === version.name ? "its description" : `renamed from ${before.name}`}</li>}
      {more.map((right) => (
        <li key={right} className="qd-good-text">
          <span aria-label="gained">+</span> {right}
        </li>
      ))}
      {less.map((right) => (
        <li key={right} className="qd-bad">
          <span aria-label="lost">−</span> {right}
        </li>
      ))}
    </ul>
  );
}

function RestoreModal(props: { role: Role; etag: string; version: RoleVersion; onClose: () => void }) {
  const { role, version, onClose } = props;
  const actions = useRoleActions();
  const toasts = useToasts();
  const preview = useQuery({
    queryKey: ["access", "previews", "restore", role.name, version.version],
    queryFn: () => actions.previewRestore(role.name, version.version),
    staleTime: 0,
    gcTime: 0,
  });
  const restore = useMutation({
    mutationFn: () => actions.restore(role.name, version.version, props.etag),
    onSuccess: () => {
      toasts.success(`${role.name} is again what it was in version ${version.version}`);
      onClose();
    },
  });
  return (
    <FormModal
      title={`Restore version ${version.version} of ${role.name}?`}
      description="It becomes a new version; what is between stays in the history. The name of the role stays."
      submit="Restore"
      isPending={restore.isPending}
      isDisabled={!preview.data}
      error={restore.error}
      onSubmit={() => restore.mutate()}
      onClose={onClose}
    >
      <Preview preview={preview.data} error={preview.error} />
    </FormModal>
  );
}
