import { Button } from "@patternfly/react-core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { body, client } from "@/api/client";
import { asApiError } from "@/api/problem";
import { FormModal } from "@/ui/FormModal";
import { TextField } from "@/ui/TextField";
import { useToasts } from "@/ui/Toasts";

export function AttachClusterButton() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant="primary" onClick={() => setOpen(true)}>
        Attach an engine
      </Button>
      {isOpen && <AttachClusterModal onClose={() => setOpen(false)} />}
    </>
  );
}

function AttachClusterModal({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("swarm");
  const [url, setUrl] = useState("unix:///var/run/docker.sock");
  const queryClient = useQueryClient();
  const toasts = useToasts();
  const attach = useMutation({
    mutationFn: () => body(client.POST("/api/v1/clusters/", { body: { name, url } })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["swarm"] });
      toasts.success(`${name} was attached`);
      onClose();
    },
  });
  const problem = attach.error ? asApiError(attach.error) : null;
  return (
    <FormModal
      title="Attach a Docker engine"
      description="The connection is tried first; nothing is saved unless the engine answers. Its swarm mode and what runs on it are not changed."
      submit="Attach"
      isPending={attach.isPending}
      isDisabled={!name || !url}
      error={attach.error}
      shownFields={["name", "url"]}
      onSubmit={() => attach.mutate()}
      onClose={onClose}
    >
      <TextField label="Name" value={name} onChange={setName} error={problem?.field("name")} isRequired autoFocus />
      <TextField
        label="Address"
        value={url}
        onChange={setUrl}
        help="As the server sees it: unix:///path or tcp://host:port."
        error={problem?.field("url")}
        isRequired
      />
    </FormModal>
  );
}
