import { Alert, FormGroup, Radio } from "@patternfly/react-core";
import { useState } from "react";
import { asApiError } from "@/api/problem";
import { useCollections } from "@/features/access/Collection/queries";
import { useCreateGrant } from "@/features/access/Grant/queries";
import { useRoles } from "@/features/access/Role/queries";
import { useOrganizations, useTeams } from "@/features/accounts/Organization/queries";
import { useUsers } from "@/features/accounts/User/queries";
import { exactTime, fromLocalInput } from "@/lib/time";
import { Choice } from "@/ui/Choice";
import { FormModal } from "@/ui/FormModal";
import { TextField } from "@/ui/TextField";
import { useToasts } from "@/ui/Toasts";

type Kind = "team" | "organization" | "user";
const KINDS: readonly [Kind, string][] = [
  ["team", "A team"],
  ["organization", "An organisation"],
  ["user", "One user"],
];

/** Subject, role, collection: one form, and the sentence it amounts to. */
export function CreateGrantModal({ collection: initial = "", onClose }: { collection?: string; onClose: () => void }) {
  const [kind, setKind] = useState<Kind>("team");
  const [name, setName] = useState("");
  const [role, setRole] = useState("");
  const [collection, setCollection] = useState(initial);
  const [until, setUntil] = useState("");
  const [comment, setComment] = useState("");
  const roles = useRoles();
  const collections = useCollections();
  const create = useCreateGrant();
  const toasts = useToasts();
  const problem = create.error ? asApiError(create.error) : null;
  const expiresAt = fromLocalInput(until);
  const isComplete = Boolean(name && role && collection) && !(kind === "team" && !name.includes("/"));

  const submit = () =>
    create.mutate(
      {
        subject: `${kind}:${name}`,
        role,
        resource: `collection:${collection}`,
        ...(expiresAt && { expires_at: expiresAt }),
        comment: comment.trim(),
      },
      {
        onSuccess: () => {
          toasts.success(`${name} has ${role} on ${collection}`);
          onClose();
        },
      },
    );
  return (
    <FormModal
      title="Create grant"
      submit="Create grant"
      isPending={create.isPending}
      isDisabled={!isComplete}
      error={create.error}
      shownFields={["subject", "role", "resource", "expires_at", "comment"]}
      onSubmit={submit}
      onClose={onClose}
    >
      <FormGroup role="radiogroup" label="Who" isInline fieldId="grant-kind">
        {KINDS.map(([value, label]) => (
          <Radio
            key={value}
            id={`grant-kind-${value}`}
            name="grant-kind"
            label={label}
            isChecked={kind === value}
            onChange={() => {
              setKind(value);
              setName("");
            }}
          />
        ))}
      </FormGroup>
      {kind === "user" && <UserChoice value={name} onChange={setName} error={problem?.field("subject")} />}
      {kind !== "user" && (
        <GroupChoice
          key={kind}
          isTeam={kind === "team"}
          value={name}
          onChange={setName}
          error={problem?.field("subject")}
        />
      )}
      <Choice
        label="Role"
        options={(roles.data?.results ?? []).map((item) => ({ value: item.name, description: item.description }))}
        value={role}
        onChange={setRole}
        error={problem?.field("role")}
        placeholder="Choose a role"
        isRequired
      />
      <Choice
        label="Collection"
        options={(collections.data?.results ?? []).map((item) => ({ value: item.path }))}
        value={collection}
        onChange={setCollection}
        error={problem?.field("resource")}
        placeholder="Choose a collection"
        isRequired
      />
      <TextField
        label="Until"
        type="datetime-local"
        value={until}
        onChange={setUntil}
        help="Your time zone. Empty: until it is deleted."
        error={problem?.field("expires_at")}
      />
      <TextField
        label="Comment"
        value={comment}
        onChange={setComment}
        help="Why, for whoever reads this in a year."
        error={problem?.field("comment")}
      />
      {isComplete && (
        <Alert
          component="p"
          isInline
          variant="info"
          title={`${name} may do what ${role} allows in ${collection} and everything below it${
            expiresAt ? `, until ${exactTime(expiresAt)}` : ""
          }.`}
        />
      )}
    </FormModal>
  );
}

interface FieldProps {
  value: string;
  onChange: (value: string) => void;
  error?: string;
}

function UserChoice({ value, onChange, error }: FieldProps) {
  const [search, setSearch] = useState("");
  const users = useUsers({ limit: 50, ...(search && { search }) });
  return (
    <Choice
      label="User"
      options={(users.data?.results ?? []).map((user) => ({
        value: user.username,
        description: user.full_name || undefined,
      }))}
      value={value}
      onChange={onChange}
      onSearch={setSearch}
      error={error}
      placeholder="Type to search"
      isRequired
    />
  );
}

/** An organisation, and where a team is wanted one of its teams. */
function GroupChoice({ isTeam, value, onChange, error }: FieldProps & { isTeam: boolean }) {
  const organizations = useOrganizations({ limit: 1000 });
  const [organization, setOrganization] = useState("");
  const teams = useTeams(organization, isTeam && organization !== "");
  const choose = (name: string) => {
    setOrganization(name);
    onChange(isTeam ? "" : name);
  };
  const team = value.slice(value.indexOf("/") + 1);
  return (
    <>
      <Choice
        label="Organisation"
        options={(organizations.data?.results ?? [])
          .filter((item) => !isTeam || item.teams_count > 0)
          .map((item) => ({ value: item.name, description: item.full_name || undefined }))}
        value={organization}
        onChange={choose}
        error={isTeam ? "" : error}
        help={isTeam ? "Organisations that have teams." : undefined}
        placeholder="Choose an organisation"
        isRequired
      />
      {isTeam && (
        <Choice
          label="Team"
          options={(teams.data?.results ?? []).map((item) => ({
            value: item.name,
            description: item.description || undefined,
          }))}
          value={team}
          onChange={(name) => onChange(name && `${organization}/${name}`)}
          error={error}
          placeholder={organization ? `Choose a team of ${organization}` : "Choose the organisation first"}
          isDisabled={!organization}
          isRequired
        />
      )}
    </>
  );
}
