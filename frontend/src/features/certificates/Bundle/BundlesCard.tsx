import {
  Button,
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  Content,
  ExpandableSection,
  Label,
} from "@patternfly/react-core";
import { useState } from "react";
import { asApiError } from "@/api/problem";
import type { Bundle } from "@/api/types";
import { useBundles, useCreateBundle, useDeleteBundle } from "@/features/certificates/Bundle/queries";
import { fromLocalInput } from "@/lib/time";
import { Clip } from "@/ui/Clip";
import { CodeExample } from "@/ui/CodeExample";
import { ConfirmModal } from "@/ui/ConfirmModal";
import { FormModal } from "@/ui/FormModal";
import { DataTable, type Column } from "@/ui/ListPageBody";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { RowMenu } from "@/ui/RowMenu";
import { TextField } from "@/ui/TextField";
import { Time } from "@/ui/Time";
import { useToasts } from "@/ui/Toasts";

const COLUMNS: readonly Column<Bundle>[] = [
  { name: "Name", width: 20, cell: (bundle) => <Clip text={bundle.name} /> },
  {
    name: "Expires",
    cell: (bundle) =>
      Date.parse(bundle.expires_at) < Date.now() ? (
        <Label isCompact status="warning">
          expired
        </Label>
      ) : (
        <Time value={bundle.expires_at} />
      ),
  },
  { name: "Created", cell: (bundle) => <Time value={bundle.created_at} /> },
  {
    name: "Last used",
    cell: (bundle) => (
      <>
        <Time value={bundle.last_used_at} />
        {bundle.last_address ? ` from ${bundle.last_address}` : ""}
      </>
    ),
  },
];

/** The client bundles of the person signed in, and how to use one. */
export function BundlesCard({ username }: { username: string }) {
  const query = useBundles();
  const remove = useDeleteBundle();
  const [isCreating, setCreating] = useState(false);
  const [removing, setRemoving] = useState<Bundle | null>(null);
  const bundles = query.data?.results.filter((bundle) => bundle.username === username);
  return (
    <Card>
      <CardHeader
        actions={{
          actions: (
            <Button variant="primary" onClick={() => setCreating(true)}>
              New client bundle
            </Button>
          ),
          hasNoOffset: true,
        }}
      >
        <CardTitle component="h2">Client bundles</CardTitle>
      </CardHeader>
      <CardBody>
        <Content component="p">
          A bundle is a zip with a certificate and key of your own. With it the docker CLI works here as you, from any
          machine. Whoever has the key is you: keep it, and delete the bundle when you lose it.
        </Content>
        <ProblemAlert error={query.error} title="The bundles could not be read" />
        {(query.isPending || (bundles && bundles.length > 0)) && (
          <DataTable
            label="client bundles"
            columns={COLUMNS}
            rows={bundles}
            rowKey={(bundle) => bundle.id}
            rowActions={(bundle) => (
              <RowMenu
                name={bundle.name}
                actions={[
                  bundle.capabilities.delete && { label: "Delete", isDanger: true, onClick: () => setRemoving(bundle) },
                ]}
              />
            )}
          />
        )}
        {bundles?.length === 0 && <Content component="p">You have no client bundle yet.</Content>}
        <HowTo />
      </CardBody>
      {isCreating && <CreateBundleModal onClose={() => setCreating(false)} />}
      {removing && (
        <ConfirmModal
          title={`Delete the bundle ${removing.name}?`}
          submit="Delete bundle"
          action={() => remove(removing.id)}
          done={`The bundle ${removing.name} was deleted`}
          onClose={() => setRemoving(null)}
        >
          <p>Whatever uses it is refused within a second, open connections included. It cannot be brought back.</p>
        </ConfirmModal>
      )}
    </Card>
  );
}

function HowTo() {
  const [isOpen, setOpen] = useState(true);
  return (
    <ExpandableSection
      toggleText="How to use a bundle"
      isExpanded={isOpen}
      onToggle={(_, expanded) => setOpen(expanded)}
      isIndented
    >
      <Content component="p">In a shell, for that shell:</Content>
      <CodeExample
        label="Use a bundle in a shell"
        code={'unzip quarterdeck-laptop.zip -d quarterdeck && cd quarterdeck\neval "$(cat env.sh)"\ndocker service ls'}
      />
      <Content component="p">Or for good, as a context of the docker CLI:</Content>
      <CodeExample
        label="Use a bundle as a docker context"
        code={"docker context import quarterdeck docker-context.zip\ndocker --context quarterdeck service ls"}
      />
      <Content component="p">
        In PowerShell run <code>. .\env.ps1</code>, in a Windows command prompt <code>env.cmd</code>.
      </Content>
    </ExpandableSection>
  );
}

function CreateBundleModal({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [until, setUntil] = useState("");
  const create = useCreateBundle();
  const toasts = useToasts();
  const problem = create.error ? asApiError(create.error) : null;
  const expiresAt = fromLocalInput(until);
  return (
    <FormModal
      title="New client bundle"
      description="The zip is downloaded at once, and only now: its key is not kept here."
      submit="Create and download"
      isPending={create.isPending}
      isDisabled={!name.trim()}
      error={create.error}
      shownFields={["name", "expires_at"]}
      onSubmit={() =>
        create.mutate(
          { name: name.trim(), ...(expiresAt && { expires_at: expiresAt }) },
          {
            onSuccess: () => {
              toasts.success("The bundle was made; your browser has downloaded it");
              onClose();
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
        help="Where you will use it, for instance laptop."
        error={problem?.field("name")}
        isRequired
        autoFocus
      />
      <TextField
        label="Expires"
        type="datetime-local"
        value={until}
        onChange={setUntil}
        help="Your time zone. Empty: as long as the installation allows."
        error={problem?.field("expires_at")}
      />
    </FormModal>
  );
}
