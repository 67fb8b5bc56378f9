import { FormGroup, Radio } from "@patternfly/react-core";
import { useId, useState } from "react";
import { useOrganizations, useTeams } from "@/features/accounts/Organization/queries";
import { useServiceAccounts } from "@/features/accounts/ServiceAccount/queries";
import { useUsers } from "@/features/accounts/User/queries";
import { Choice } from "@/ui/Choice";

export type Kind = "team" | "organization" | "user" | "service-account";

const KINDS: readonly [Kind, string][] = [
  ["team", "A team"],
  ["organization", "An organisation"],
  ["user", "One user"],
  ["service-account", "A service account"],
];

interface Props {
  /** "team:acme/payments"; "" while nobody is chosen. */
  value: string;
  onChange: (value: string) => void;
  error?: string;
  kinds?: readonly Kind[];
}

/** Anybody a grant can be made to: first the kind, then the name. */
export function SubjectChoice({ value, onChange, error, kinds }: Props) {
  const id = useId();
  const offered = KINDS.filter(([kind]) => kinds?.includes(kind) ?? true);
  const [kind, setKind] = useState<Kind>(() => kindOf(value) ?? offered[0]![0]);
  const name = value.slice(value.indexOf(":") + 1);
  const field = { value: name, onChange: (next: string) => onChange(next && `${kind}:${next}`), error };
  return (
    <>
      {offered.length > 1 && (
        <FormGroup role="radiogroup" label="Who" isInline fieldId={id}>
          {offered.map(([key, label]) => (
            <Radio
              key={key}
              id={`${id}-${key}`}
              name={id}
              label={label}
              isChecked={kind === key}
              onChange={() => {
                setKind(key);
                onChange("");
              }}
            />
          ))}
        </FormGroup>
      )}
      {kind === "user" && <UserChoice {...field} />}
      {kind === "organization" && <OrganizationChoice label="Organisation" {...field} />}
      {(kind === "team" || kind === "service-account") && <PartChoice key={kind} isTeam={kind === "team"} {...field} />}
    </>
  );
}

interface FieldProps {
  value: string;
  onChange: (value: string) => void;
  label?: string;
  help?: string;
  error?: string;
  isRequired?: boolean;
  autoFocus?: boolean;
}

/** Offers users; with `acceptsUnseen` also whatever is typed, where there are users whom the caller does not see. */
export function UserChoice({
  label = "User",
  acceptsUnseen = false,
  ...field
}: FieldProps & { acceptsUnseen?: boolean }) {
  const [search, setSearch] = useState("");
  const { options, isSearching } = useUserOptions(search);
  const isOther = acceptsUnseen && search !== "" && !isSearching && options.every(({ value }) => value !== search);
  return (
    <Choice
      label={label}
      options={
        isOther ? [...options, { value: search, description: "Nobody whom you see; if there is such a user" }] : options
      }
      isSearching={isSearching}
      onSearch={setSearch}
      placeholder="Type to search"
      isRequired
      {...field}
    />
  );
}

/** For a field that offers users. */
export function useUserOptions(search: string) {
  const users = useUsers({ limit: 50, ...(search && { search }) });
  const options = (users.data?.results ?? []).map(({ username, full_name, email }) => ({
    value: username,
    description: [full_name, email].filter(Boolean).join(", ") || undefined,
  }));
  return { options, isSearching: users.isFetching };
}

function OrganizationChoice({ label = "Organisation", ...field }: FieldProps) {
  const [search, setSearch] = useState("");
  const organizations = useOrganizations({ limit: 50, ...(search && { search }) });
  return (
    <Choice
      label={label}
      options={(organizations.data?.results ?? []).map((item) => ({
        value: item.name,
        description: item.full_name || undefined,
      }))}
      onSearch={setSearch}
      isSearching={organizations.isFetching}
      placeholder="Type to search"
      isRequired
      {...field}
    />
  );
}

/** What belongs to an organisation: the organisation, and then one of its teams or service accounts. */
function PartChoice({ isTeam, value, onChange, error }: FieldProps & { isTeam: boolean }) {
  const [organization, setOrganization] = useState(value.includes("/") ? value.split("/")[0]! : "");
  const [search, setSearch] = useState("");
  const query = { limit: 50, ...(search && { search }) };
  const teams = useTeams(organization, query, isTeam && organization !== "");
  const accounts = useServiceAccounts(organization, query, !isTeam && organization !== "");
  const options = isTeam
    ? teams.data?.results.map((team) => ({ value: team.name, description: team.description || undefined }))
    : accounts.data?.results.map((item) => ({ value: item.name, description: item.full_name || undefined }));
  const noun = isTeam ? "team" : "service account";
  return (
    <>
      <OrganizationChoice
        value={organization}
        onChange={(name) => {
          setOrganization(name);
          onChange("");
        }}
        help={options?.length === 0 && !search ? `It has no ${noun}.` : undefined}
      />
      <Choice
        label={isTeam ? "Team" : "Service account"}
        options={options ?? []}
        value={value.slice(value.indexOf("/") + 1)}
        onChange={(name) => onChange(name && `${organization}/${name}`)}
        onSearch={setSearch}
        isSearching={teams.isFetching || accounts.isFetching}
        error={error}
        placeholder={organization ? `Choose a ${noun} of ${organization}` : "Choose the organisation first"}
        isDisabled={!organization}
        isRequired
      />
    </>
  );
}

function kindOf(subject: string): Kind | undefined {
  return KINDS.find(([kind]) => subject.startsWith(`${kind}:`))?.[0];
}
