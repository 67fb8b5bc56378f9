import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { asApiError } from "@/api/problem";
import { rolePath } from "@/features/access/Role/path";
import { useRoleActions, useRoles } from "@/features/access/Role/queries";
import { Choice } from "@/ui/Choice";
import { FormModal } from "@/ui/FormModal";
import { TextField } from "@/ui/TextField";
import { useToasts } from "@/ui/Toasts";

/** A role of one's own, empty or with what another one holds; its page is where its operations are chosen. */
export function CreateRoleModal({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [origin, setOrigin] = useState("");
  const roles = useRoles();
  const create = useMutation({ mutationFn: useRoleActions().create });
  const toasts = useToasts();
  const navigate = useNavigate();
  const problem = create.error ? asApiError(create.error) : null;
  const source = roles.data?.results.find((role) => role.name === origin);
  return (
    <FormModal
      title="Create role"
      description="Next you choose its operations. A role gives nobody anything until it is granted."
      submit="Create role"
      isPending={create.isPending}
      isDisabled={!name.trim()}
      error={problem}
      shownFields={["name", "description"]}
      onSubmit={() =>
        create.mutate(
          { name: name.trim(), description: description.trim(), operations: source?.operations ?? {} },
          {
            onSuccess: (role) => {
              toasts.success(`${role.name} was created`);
              void navigate(`${rolePath(role.name)}?edit`);
            },
          },
        )
      }
      onClose={onClose}
    >
      <TextField
        help="Letters, digits, and . _ - or single spaces between them."
        label="Name"
        value={name}
        onChange={setName}
        error={problem?.field("name")}
        isRequired
        autoFocus
      />
      <TextField
        label="Description"
        value={description}
        onChange={setDescription}
        help="What people with this role are to do."
        error={problem?.field("description")}
      />
      <Choice
        label="Start from"
        options={(roles.data?.results ?? []).map((role) => ({ value: role.name, description: role.description }))}
        value={origin}
        onChange={setOrigin}
        help="Copies the operations of that role. Empty: none."
        placeholder="No operation"
      />
    </FormModal>
  );
}
