import { useState } from "react";
import { asApiError } from "@/api/problem";
import type { Collection } from "@/api/types";
import { useDeleteCollection, useSaveCollection } from "@/features/access/Collection/queries";
import { joinPath, parentPath } from "@/lib/pathTree";
import { ConfirmModal } from "@/ui/ConfirmModal";
import { FormModal } from "@/ui/FormModal";
import { TextField } from "@/ui/TextField";
import { useToasts } from "@/ui/Toasts";

export function CreateCollectionModal({ parent, onClose }: { parent: string; onClose: () => void }) {
  const [name, setName] = useState("");
  const save = useSaveCollection(null);
  const toasts = useToasts();
  const path = joinPath(parent, name.trim());
  return (
    <FormModal
      title={parent === "/" ? "Create a collection" : `Create a collection in ${parent}`}
      description="A collection holds services, containers, networks, volumes, secrets and configs. A grant on it covers everything below it."
      submit="Create collection"
      isPending={save.isPending}
      isDisabled={!name.trim()}
      error={save.error}
      shownFields={["path"]}
      onSubmit={() =>
        save.mutate(path, {
          onSuccess: () => {
            toasts.success(`${path} was created`);
            onClose();
          },
        })
      }
      onClose={onClose}
    >
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        help={name.trim() ? `Its path will be ${path}` : "Letters, digits, and . _ - or a space between them."}
        error={save.error ? asApiError(save.error).field("path") : ""}
        isRequired
        autoFocus
      />
    </FormModal>
  );
}

export function RenameCollectionModal({ collection, onClose }: { collection: Collection; onClose: () => void }) {
  const [name, setName] = useState(collection.name);
  const save = useSaveCollection(collection.id);
  const toasts = useToasts();
  const path = joinPath(parentPath(collection.path) ?? "/", name.trim());
  return (
    <FormModal
      title={`Rename ${collection.path}`}
      description="Grants and objects follow. The old path keeps working in labels until another collection takes it."
      submit="Rename"
      isPending={save.isPending}
      isDisabled={!name.trim() || path === collection.path}
      error={save.error}
      shownFields={["path"]}
      onSubmit={() =>
        save.mutate(path, {
          onSuccess: () => {
            toasts.success(`${collection.path} is now ${path}`);
            onClose();
          },
        })
      }
      onClose={onClose}
    >
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        help={`Its path will be ${path}`}
        error={save.error ? asApiError(save.error).field("path") : ""}
        isRequired
        autoFocus
      />
    </FormModal>
  );
}

export function DeleteCollectionModal({
  collection,
  onDone,
  onClose,
}: {
  collection: Collection;
  onDone?: () => void;
  onClose: () => void;
}) {
  const remove = useDeleteCollection();
  return (
    <ConfirmModal
      title={`Delete ${collection.path}?`}
      submit="Delete collection"
      action={() => remove(collection.id)}
      done={`${collection.path} was deleted`}
      onDone={onDone}
      onClose={onClose}
    >
      <p>Only an empty collection can be deleted. Grants on it are removed with it.</p>
    </ConfirmModal>
  );
}
