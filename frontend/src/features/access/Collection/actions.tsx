import type { Collection } from "@/api/types";
import {
  CreateCollectionModal,
  DeleteCollectionModal,
  MoveCollectionModal,
  RenameCollectionModal,
} from "@/features/access/Collection/CollectionModals";
import type { RowAction } from "@/ui/RowMenu";

export type CollectionAction =
  | { kind: "create"; parent: string; isParentOpen?: boolean }
  | { kind: "rename" | "delete"; collection: Collection }
  | { kind: "move"; collection: Collection; parent?: string };

/** What this caller may do to a collection, for a menu. */
export function collectionActions(
  collection: Collection,
  open: (action: CollectionAction) => void,
): (RowAction | false)[] {
  const { capabilities, is_builtin, path } = collection;
  const isChangeable = capabilities.update && !is_builtin;
  return [
    capabilities.create && { label: "Create collection in it", onClick: () => open({ kind: "create", parent: path }) },
    isChangeable && { label: "Rename", onClick: () => open({ kind: "rename", collection }) },
    isChangeable && { label: "Move…", onClick: () => open({ kind: "move", collection }) },
    capabilities.delete &&
      !is_builtin && { label: "Delete", isDanger: true, onClick: () => open({ kind: "delete", collection }) },
  ];
}

interface Props {
  action: CollectionAction;
  onDeleted?: () => void;
  onClose: () => void;
}

/** The dialog of one of these actions. */
export function CollectionActionModal({ action, onDeleted, onClose }: Props) {
  if (action.kind === "create") {
    return <CreateCollectionModal parent={action.parent} isParentOpen={action.isParentOpen} onClose={onClose} />;
  }
  if (action.kind === "rename") return <RenameCollectionModal collection={action.collection} onClose={onClose} />;
  if (action.kind === "move") {
    return <MoveCollectionModal collection={action.collection} parent={action.parent} onClose={onClose} />;
  }
  return <DeleteCollectionModal collection={action.collection} onDone={onDeleted} onClose={onClose} />;
}
