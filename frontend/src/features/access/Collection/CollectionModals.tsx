import { Checkbox, Content } from "@patternfly/react-core";
import { useState } from "react";
import { asApiError } from "@/api/problem";
import type { Collection } from "@/api/types";
import { CollectionChoice } from "@/features/access/Collection/CollectionChoice";
import { useCreateCollection, useDeleteCollection, useUpdateCollection } from "@/features/access/Collection/queries";
import { useGrants } from "@/features/access/Grant/queries";
import { baseName, isWithin, joinPath, parentPath } from "@/lib/path";
import { plural } from "@/lib/plural";
import { confirmationOf, Evictions } from "@/ui/Evictions";
import { FormModal } from "@/ui/FormModal";
import { TextField } from "@/ui/TextField";
import { useToasts } from "@/ui/Toasts";

/** Args: isParentOpen: whether one may choose another collection to make it in. */
export function CreateCollectionModal(props: { parent: string; isParentOpen?: boolean; onClose: () => void }) {
  const { isParentOpen = false, onClose } = props;
  const [parent, setParent] = useState(props.parent);
  const [name, setName] = useState("");
  const create = useCreateCollection();
  const toasts = useToasts();
  const problem = create.error ? asApiError(create.error) : null;
  const path = parent && joinPath(parent, name.trim());
  return (
    <FormModal
      title={isParentOpen || parent === "/" ? "Create a collection" : `Create a collection in ${parent}`}
      description="A collection holds services, containers, networks, volumes, secrets and configs. A grant on it covers everything below it."
      submit="Create collection"
      isPending={create.isPending}
      isDisabled={!name.trim() || !parent}
      error={problem}
      shownFields={["path"]}
      onSubmit={() =>
        create.mutate(path, {
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
        help={name.trim() && path ? `Its path will be ${path}` : "Letters, digits, and . _ - or a space between them."}
        error={problem?.field("path")}
        isRequired
        autoFocus
      />
      {isParentOpen && (
        <CollectionChoice
          label="In"
          accepts={({ capabilities }) => capabilities.create}
          value={parent}
          onChange={setParent}
          help="The collection it is made in; / for one at the top."
          isRequired
        />
      )}
    </FormModal>
  );
}

export function RenameCollectionModal({ collection, onClose }: { collection: Collection; onClose: () => void }) {
  const [name, setName] = useState(collection.name);
  const save = useUpdateCollection(collection.id);
  const toasts = useToasts();
  const problem = save.error ? asApiError(save.error) : null;
  const path = joinPath(parentPath(collection.path) ?? "/", name.trim());
  return (
    <FormModal
      title={`Rename ${collection.path}`}
      description="Grants and objects follow. The old path keeps working in labels until another collection takes it."
      submit="Rename"
      isPending={save.isPending}
      isDisabled={!name.trim() || path === collection.path}
      error={problem}
      shownFields={["path"]}
      onSubmit={() =>
        save.mutate(
          { path },
          {
            onSuccess: () => {
              toasts.success(`${collection.path} is now ${path}`);
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
        help={`Its path will be ${path}`}
        error={problem?.field("path")}
        isRequired
        autoFocus
      />
    </FormModal>
  );
}

/** Moves a collection below another one: what dragging it there does, and what the keyboard uses instead. */
export function MoveCollectionModal(props: { collection: Collection; parent?: string; onClose: () => void }) {
  const { collection, onClose } = props;
  const before = parentPath(collection.path) ?? "/";
  const [parent, setParent] = useState(props.parent ?? "");
  const save = useUpdateCollection(collection.id);
  const toasts = useToasts();
  const path = joinPath(parent, baseName(collection.path));
  const confirmation = confirmationOf(save.error);
  return (
    <FormModal
      title={`Move ${collection.path}`}
      description="Everything below it comes along, and so do the objects and the grants on it. Grants on the collections above no longer reach it; those on the new ones do."
      submit={confirmation ? "Move and stop them" : "Move"}
      isDanger={confirmation !== null}
      isPending={save.isPending}
      isDisabled={!parent}
      error={confirmation ? null : save.error}
      shownFields={["path"]}
      onSubmit={() =>
        save.mutate(
          { path, ...(confirmation && { confirm: confirmation.confirm }) },
          {
            onSuccess: () => {
              toasts.success(`${collection.path} is now ${path}`);
              onClose();
            },
          },
        )
      }
      onClose={onClose}
    >
      <CollectionChoice
        label="Into"
        accepts={(item) => item.capabilities.create && !isWithin(item.path, collection.path) && item.path !== before}
        value={parent}
        onChange={(next) => {
          setParent(next);
          save.reset();
        }}
        help={parent ? `Its path will be ${path}` : `It is in ${before} now.`}
        error={save.error ? asApiError(save.error).field("path") : ""}
        isRequired
        autoFocus
      />
      {confirmation && <Evictions confirmation={confirmation} />}
    </FormModal>
  );
}

/** Removes a collection: what is in it needs another place first, and grants on it are removed only knowingly. */
export function DeleteCollectionModal(props: { collection: Collection; onDone?: () => void; onClose: () => void }) {
  const { collection, onDone, onClose } = props;
  const [target, setTarget] = useState("");
  const [isSure, setSure] = useState(false);
  const grants = useGrants({ limit: 1, offset: 0, collection: collection.path });
  const remove = useDeleteCollection(collection.id);
  const toasts = useToasts();
  const grantsCount = grants.data?.count ?? 0;
  const confirmation = confirmationOf(remove.error);
  const isEmpty = collection.objects_count + collection.children_count === 0;
  return (
    <FormModal
      title={`Delete ${collection.path}?`}
      submit={confirmation ? "Delete collection and stop them" : "Delete collection"}
      isDanger
      isPending={remove.isPending}
      isDisabled={grants.isPending || (!isEmpty && !target) || (grantsCount > 0 && !isSure)}
      error={confirmation ? null : remove.error}
      shownFields={["move_to"]}
      onSubmit={() =>
        remove.mutate(
          { moveTo: target, withGrants: isSure, confirm: confirmation?.confirm },
          {
            onSuccess: () => {
              toasts.success(`${collection.path} was deleted`);
              onClose();
              onDone?.();
            },
          },
        )
      }
      onClose={onClose}
    >
      {isEmpty ? (
        <Content component="p">Nothing is in it.</Content>
      ) : (
        <>
          <Content component="p">
            {plural(collection.objects_count, "object")} and {plural(collection.children_count, "collection")} in it
            move to another collection. Where that would take a node from running tasks, you are asked first.
          </Content>
          <CollectionChoice
            label="Move what is in it to"
            accepts={(item) => item.capabilities.create && !isWithin(item.path, collection.path)}
            value={target}
            onChange={(next) => {
              setTarget(next);
              remove.reset();
            }}
            error={remove.error ? asApiError(remove.error).field("move_to") : ""}
            isRequired
            autoFocus
          />
        </>
      )}
      {grantsCount > 0 && (
        <Checkbox
          id="delete-collection-grants"
          label={`Delete the ${plural(grantsCount, "grant")} on it, too`}
          description="Grants do not follow: at another collection they would open what they were never meant for."
          isChecked={isSure}
          onChange={(_, isChecked) => setSure(isChecked)}
        />
      )}
      {confirmation && <Evictions confirmation={confirmation} />}
    </FormModal>
  );
}
