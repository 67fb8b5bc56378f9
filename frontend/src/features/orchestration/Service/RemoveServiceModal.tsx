import type { Service } from "@/api/types";
import { useRemoveService } from "@/features/orchestration/Service/queries";
import { ConfirmModal } from "@/ui/ConfirmModal";

export function RemoveServiceModal({
  service,
  onDone,
  onClose,
}: {
  service: Service;
  onDone?: () => void;
  onClose: () => void;
}) {
  const remove = useRemoveService();
  return (
    <ConfirmModal
      title={`Remove ${service.name}?`}
      submit="Remove service"
      action={() => remove(service.id)}
      done={`${service.name} was removed`}
      onDone={onDone}
      onClose={onClose}
    >
      <p>
        The service and its {service.replicas.running} running tasks in <strong>{service.collection}</strong> are
        removed at once. Volumes stay. This cannot be undone.
      </p>
    </ConfirmModal>
  );
}
