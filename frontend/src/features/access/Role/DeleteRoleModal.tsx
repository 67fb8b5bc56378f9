import { Checkbox } from "@patternfly/react-core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Role } from "@/api/types";
import { Preview } from "@/features/access/Role/Preview";
import { useRoleActions } from "@/features/access/Role/queries";
import { plural } from "@/lib/plural";
import { FormModal } from "@/ui/FormModal";
import { useToasts } from "@/ui/Toasts";

interface Props {
  role: Role;
  onDone?: () => void;
  onClose: () => void;
}

/** Deletes a role, together with the grants that give it once one has seen whom that touches. */
export function DeleteRoleModal({ role, onDone, onClose }: Props) {
  const actions = useRoleActions();
  const [isSure, setSure] = useState(false);
  const toasts = useToasts();
  const preview = useQuery({
    queryKey: ["access", "previews", "delete", role.name],
    queryFn: () => actions.previewRemove(role.name),
    staleTime: 0,
    gcTime: 0,
  });
  const grantsCount = preview.data?.grants_count ?? 0;
  const remove = useMutation({
    mutationFn: () => actions.remove(role.name, grantsCount > 0),
    onSuccess: () => {
      toasts.success(`${role.name} was deleted`);
      onClose();
      onDone?.();
    },
  });
  return (
    <FormModal
      title={`Delete the role ${role.name}?`}
      description="Its history goes with it."
      submit={grantsCount > 0 ? `Delete role and ${plural(grantsCount, "grant")}` : "Delete role"}
      isDanger
      isPending={remove.isPending}
      isDisabled={!preview.data || (grantsCount > 0 && !isSure)}
      error={remove.error}
      onSubmit={() => remove.mutate()}
      onClose={onClose}
    >
      <Preview preview={preview.data} error={preview.error} />
      {grantsCount > 0 && (
        <Checkbox
          id="delete-with-grants"
          label={`Delete the ${plural(grantsCount, "grant")} of this role, too`}
          description="A role that grants give can only be deleted together with them."
          isChecked={isSure}
          onChange={(_, isChecked) => setSure(isChecked)}
        />
      )}
    </FormModal>
  );
}
