import { Alert, Button, Card, CardBody, Form, Label } from "@patternfly/react-core";
import { useEffect, useRef, useState } from "react";
import { useBlocker, useNavigate, useParams, useSearchParams } from "react-router";
import { asApiError } from "@/api/problem";
import type { Role } from "@/api/types";
import { NotFoundPage } from "@/app/NotFoundPage";
import { GrantTable } from "@/features/access/Grant/GrantTable";
import { DeleteRoleModal } from "@/features/access/Role/DeleteRoleModal";
import { History } from "@/features/access/Role/History";
import { OperationMatrix } from "@/features/access/Role/OperationMatrix";
import { rolePath } from "@/features/access/Role/path";
import { useRole } from "@/features/access/Role/queries";
import { SaveRoleModal } from "@/features/access/Role/SaveRoleModal";
import { useSession } from "@/features/accounts/Session/queries";
import { asBody, isSame, type Operations } from "@/lib/operations";
import { DetailSkeleton } from "@/ui/DetailSkeleton";
import { FormModal } from "@/ui/FormModal";
import { PageFrame } from "@/ui/PageFrame";
import { PathTabs } from "@/ui/PathTabs";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { TextField } from "@/ui/TextField";
import { useToasts } from "@/ui/Toasts";

const TRAIL = [{ label: "Roles", to: "/roles" }];

export function RoleDetailPage() {
  const { role: name = "", tab = "operations" } = useParams();
  const { capabilities } = useSession();
  const query = useRole(name);
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const [isRemoving, setRemoving] = useState(false);
  if (query.error && asApiError(query.error).isNotFound) return <NotFoundPage />;
  const role = query.data?.value;
  const isEditing = params.has("edit") && Boolean(role?.capabilities.update) && tab === "operations";
  const seesHistory = role && !role.is_builtin && (capabilities.administrator || capabilities.view_access);
  return (
    <PageFrame
      title={name}
      description={role?.description}
      trail={TRAIL}
      labels={role?.is_builtin && <Label variant="outline">built in</Label>}
      actions={
        role &&
        !isEditing && (
          <span className="qd-actions">
            {role.capabilities.update && (
              <Button variant="secondary" onClick={() => void navigate(`${rolePath(name)}?edit`)}>
                Edit
              </Button>
            )}
            {role.capabilities.delete && (
              <Button variant="danger" onClick={() => setRemoving(true)}>
                Delete
              </Button>
            )}
          </span>
        )
      }
    >
      <PathTabs
        label="Parts of the role"
        base={rolePath(name)}
        tabs={[
          { key: "operations", title: "Operations" },
          { key: "grants", title: role ? `Grants (${role.grants_count})` : "Grants" },
          ...(seesHistory ? [{ key: "history", title: "History" }] : []),
        ]}
        active={tab}
      >
        <ProblemAlert error={query.error} title="The role could not be read" />
        {!query.data && !query.error && <DetailSkeleton />}
        {query.data && tab === "operations" && !isEditing && (
          <Card>
            <CardBody>
              <OperationMatrix key={query.data.etag} value={query.data.value.operations} />
            </CardBody>
          </Card>
        )}
        {query.data && isEditing && (
          <RoleForm
            // A form of one edition: another one's starts when it is asked for, not under somebody's hands.
            role={query.data.value}
            etag={query.data.etag}
            onClose={(saved) => {
              if (saved && saved !== name) void navigate(rolePath(saved), { replace: true });
              else setParams({}, { replace: true });
            }}
          />
        )}
        {role && tab === "grants" && <GrantTable role={role.name} />}
        {query.data && tab === "history" && <History role={query.data.value} etag={query.data.etag} />}
      </PathTabs>
      {isRemoving && role && (
        <DeleteRoleModal
          role={role}
          onDone={() => void navigate("/roles", { replace: true })}
          onClose={() => setRemoving(false)}
        />
      )}
    </PageFrame>
  );
}

/** Edits what the role was when the form was opened: a version that somebody else saves meanwhile does not slip in. */
function RoleForm(props: { role: Role; etag: string; onClose: (savedName?: string) => void }) {
  const [origin, setOrigin] = useState({ role: props.role, etag: props.etag });
  const [name, setName] = useState(origin.role.name);
  const [description, setDescription] = useState(origin.role.description);
  const [operations, setOperations] = useState<Operations>(origin.role.operations);
  const [isSaving, setSaving] = useState(false);
  const toasts = useToasts();
  const isRenamed = name.trim() !== origin.role.name;
  const isDescribed = description.trim() !== origin.role.description;
  const isRegranted = !isSame(operations, origin.role.operations);
  const isChanged = isRenamed || isDescribed || isRegranted;
  const restart = () => {
    setOrigin({ role: props.role, etag: props.etag });
    setName(props.role.name);
    setDescription(props.role.description);
    setOperations(props.role.operations);
    setSaving(false);
  };
  useEffect(() => {
    if (!isChanged) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isChanged]);
  const mayLeave = useRef(false);
  const blocker = useBlocker(() => isChanged && !mayLeave.current);
  const close = (savedName?: string) => {
    mayLeave.current = true;
    props.onClose(savedName);
  };
  return (
    <Card>
      <CardBody>
        {props.etag !== origin.etag && (
          <Alert
            component="p"
            isInline
            variant="warning"
            className="qd-alert"
            title="Somebody else has changed this role since you began. You will see both versions before anything is overwritten."
            actionLinks={
              <Button variant="link" isInline onClick={restart}>
                Start anew from theirs
              </Button>
            }
          />
        )}
        <Form onSubmit={(event) => event.preventDefault()} className="qd-alert">
          <TextField label="Name" value={name} onChange={setName} isRequired />
          <TextField label="Description" value={description} onChange={setDescription} />
        </Form>
        <OperationMatrix value={operations} onChange={setOperations} />
        <div className="qd-form-footer">
          <Button isDisabled={!isChanged || !name.trim()} onClick={() => setSaving(true)}>
            Preview and save
          </Button>
          <Button variant="link" onClick={() => close()}>
            Cancel
          </Button>
        </div>
      </CardBody>
      {isSaving && (
        <SaveRoleModal
          role={origin.role}
          etag={origin.etag}
          changes={{
            ...(isRenamed && { name: name.trim() }),
            ...(isDescribed && { description: description.trim() }),
            ...(isRegranted && { operations: asBody(operations) }),
          }}
          onSaved={(saved) => {
            toasts.success(`${saved.name} was changed`);
            close(saved.name);
          }}
          onDiscard={restart}
          onClose={() => setSaving(false)}
        />
      )}
      {blocker.state === "blocked" && (
        <FormModal
          title={`Leave ${origin.role.name} without saving?`}
          description="What you have changed here is lost."
          submit="Leave"
          cancel="Stay here"
          isDanger
          isPending={false}
          error={null}
          onSubmit={() => blocker.proceed()}
          onClose={() => blocker.reset()}
        />
      )}
    </Card>
  );
}
