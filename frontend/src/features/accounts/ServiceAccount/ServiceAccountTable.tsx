import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { asApiError } from "@/api/problem";
import type { ServiceAccount } from "@/api/types";
import { useAction } from "@/features/accounts/Organization/queries";
import { useServiceAccountActions, useServiceAccounts } from "@/features/accounts/ServiceAccount/queries";
import { Clip } from "@/ui/Clip";
import { FormModal } from "@/ui/FormModal";
import type { Column } from "@/ui/ListPageBody";
import { StateLabel } from "@/ui/StateLabel";
import { TableCard } from "@/ui/TableCard";
import { TextField } from "@/ui/TextField";
import { Time } from "@/ui/Time";
import { useToasts } from "@/ui/Toasts";
import { usePaging } from "@/ui/usePaging";

const COLUMNS: readonly Column<ServiceAccount>[] = [
  {
    name: "Name",
    width: 30,
    cell: (account) => (
      <Link to={serviceAccountPath(account.organization, account.name)} className="qd-clip" title={account.username}>
        {account.name}
      </Link>
    ),
  },
  { name: "What for", width: 35, cell: (account) => <Clip text={account.full_name} /> },
  { name: "Status", cell: (account) => <StateLabel state={account.is_active ? "active" : "deactivated"} /> },
  { name: "Made", cell: (account) => <Time value={account.created_at} /> },
];

/** The accounts of an organisation's machines. */
export function ServiceAccountTable({ organization, mayCreate }: { organization: string; mayCreate: boolean }) {
  const paging = usePaging();
  const query = useServiceAccounts(organization, paging.query);
  const [isCreating, setCreating] = useState(false);
  return (
    <TableCard
      title="Service accounts"
      label="service accounts"
      actions={
        mayCreate ? (
          <Button variant="secondary" onClick={() => setCreating(true)}>
            Create service account
          </Button>
        ) : null
      }
      query={query}
      paging={paging}
      searchHint="Find a service account"
      columns={COLUMNS}
      rowKey={(account) => account.id}
      empty="None yet. A service account is for a machine, a build server for instance: it signs in with a client bundle, has no password, and may do what is granted to it alone."
    >
      {isCreating && <CreateServiceAccountModal organization={organization} onClose={() => setCreating(false)} />}
    </TableCard>
  );
}

function serviceAccountPath(organization: string, name: string): string {
  return `/organizations/${organization}/service-accounts/${name}`;
}

function CreateServiceAccountModal({ organization, onClose }: { organization: string; onClose: () => void }) {
  const [name, setName] = useState("");
  const [fullName, setFullName] = useState("");
  const create = useAction(useServiceAccountActions(organization).create);
  const toasts = useToasts();
  const navigate = useNavigate();
  const problem = create.error ? asApiError(create.error) : null;
  return (
    <FormModal
      title={`Create a service account of ${organization}`}
      description="Next, give it a client bundle to sign in with, and a grant."
      submit="Create service account"
      isPending={create.isPending}
      isDisabled={!name.trim()}
      error={problem}
      shownFields={["name", "full_name"]}
      onSubmit={() =>
        create.mutate(
          { name: name.trim(), full_name: fullName.trim() },
          {
            onSuccess: () => {
              toasts.success(`${organization}/${name.trim()} was created`);
              void navigate(serviceAccountPath(organization, name.trim().toLowerCase()));
            },
          },
        )
      }
      onClose={onClose}
    >
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        help={name.trim() ? `It will be called ${organization}/${name.trim().toLowerCase()}` : "For instance ci."}
        error={problem?.field("name")}
        isRequired
        autoFocus
      />
      <TextField label="What for" value={fullName} onChange={setFullName} error={problem?.field("full_name")} />
    </FormModal>
  );
}
