import { Button, Card, CardBody, CardHeader, CardTitle, Content, ExpandableSection } from "@patternfly/react-core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { asApiError } from "@/api/problem";
import { BundleTable } from "@/features/certificates/Bundle/BundleTable";
import { useBundles, useCreateBundle } from "@/features/certificates/Bundle/queries";
import { fromLocalInput } from "@/lib/time";
import { CodeExample } from "@/ui/CodeExample";
import { FormModal } from "@/ui/FormModal";
import { TextField } from "@/ui/TextField";
import { useToasts } from "@/ui/Toasts";

/** The client bundles of the person signed in, and how to use one. */
export function BundlesCard({ username }: { username: string }) {
  const query = useBundles(username);
  const create = useCreateBundle();
  const [isCreating, setCreating] = useState(false);
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
        <BundleTable query={query} empty="You have no client bundle yet." />
        <HowTo />
      </CardBody>
      {isCreating && <CreateBundleModal create={create.mutateAsync} onClose={() => setCreating(false)} />}
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

interface CreateProps {
  create: (bundle: { name: string; expires_at?: string }) => Promise<unknown>;
  onClose: () => void;
}

/** Asks for a name and an end, and makes a bundle with them. */
export function CreateBundleModal({ create: action, onClose }: CreateProps) {
  const [name, setName] = useState("");
  const [until, setUntil] = useState("");
  const create = useMutation({ mutationFn: action });
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
