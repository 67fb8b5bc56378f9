import { FormGroup, NumberInput } from "@patternfly/react-core";
import { useState } from "react";
import type { Service } from "@/api/types";
import { useScaleService } from "@/features/orchestration/Service/queries";
import { FormModal } from "@/ui/FormModal";
import { useToasts } from "@/ui/Toasts";

export function ScaleServiceModal({ service, onClose }: { service: Service; onClose: () => void }) {
  const [replicas, setReplicas] = useState(service.replicas.desired);
  const scale = useScaleService(service.id);
  const toasts = useToasts();
  const set = (value: number) => setReplicas(Math.max(0, Math.floor(value) || 0));
  const submit = () =>
    scale.mutate(replicas, {
      onSuccess: () => {
        toasts.success(`${service.name} is being scaled to ${replicas}`);
        onClose();
      },
    });
  return (
    <FormModal
      title={`Scale ${service.name}`}
      description={
        replicas === 0 ? "With no replicas nothing of the service runs; it can be scaled up again." : undefined
      }
      submit={`Scale to ${replicas}`}
      isPending={scale.isPending}
      isDisabled={replicas === service.replicas.desired}
      error={scale.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <FormGroup label="Replicas" fieldId="replicas">
        <NumberInput
          inputProps={{ id: "replicas" }}
          inputAriaLabel="Replicas"
          minusBtnAriaLabel="One fewer"
          plusBtnAriaLabel="One more"
          value={replicas}
          min={0}
          onMinus={() => set(replicas - 1)}
          onPlus={() => set(replicas + 1)}
          onChange={(event) => set(Number(event.currentTarget.value))}
        />
      </FormGroup>
    </FormModal>
  );
}
