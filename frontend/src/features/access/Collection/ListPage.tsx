import {
  Alert,
  Button,
  Label,
  PageSection,
  Skeleton,
  Toolbar,
  ToolbarContent,
  ToolbarItem,
} from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr, TreeRowWrapper, type TdProps } from "@patternfly/react-table";
import { useState, type DragEvent, type ReactNode } from "react";
import { Link } from "react-router";
import type { Collection } from "@/api/types";
import {
  CreateCollectionModal,
  DeleteCollectionModal,
  MoveCollectionModal,
  RenameCollectionModal,
} from "@/features/access/Collection/CollectionModals";
import { COLLECTION_LIMIT, useCollections } from "@/features/access/Collection/queries";
import { isWithin, parentPath, pathTree, type TreeNode } from "@/lib/pathTree";
import { Clip } from "@/ui/Clip";
import { PageFrame } from "@/ui/PageFrame";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { RowMenu } from "@/ui/RowMenu";

type Open =
  | { kind: "create"; parent: string }
  | { kind: "rename" | "delete"; collection: Collection }
  | { kind: "move"; collection: Collection; parent?: string }
  | null;

const INITIALLY_CLOSED = ["/Shared/Private"];

export function CollectionListPage() {
  const query = useCollections();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set(INITIALLY_CLOSED));
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const shared = query.data?.results.find(({ path }) => path === "/Shared");
  const toggle = (path: string) =>
    setClosed((before) => {
      const after = new Set(before);
      if (!after.delete(path)) after.add(path);
      return after;
    });
  // What is dropped is not moved yet: the dialog says what follows from it, and asks.
  const [dragged, setDragged] = useState<Collection | null>(null);
  const [over, setOver] = useState("");
  const drop = (parent: string) => {
    if (dragged) setOpen({ kind: "move", collection: dragged, parent });
    setDragged(null);
    setOver("");
  };
  const menu = (node: TreeNode<Collection>) => (
    <RowMenu
      name={node.path}
      actions={[
        node.item?.capabilities.create && {
          label: "Create collection in it",
          onClick: () => setOpen({ kind: "create", parent: node.path }),
        },
        node.item?.capabilities.update &&
          !node.item.is_builtin && {
            label: "Rename",
            onClick: () => node.item && setOpen({ kind: "rename", collection: node.item }),
          },
        node.item?.capabilities.update &&
          !node.item.is_builtin && {
            label: "Move…",
            onClick: () => node.item && setOpen({ kind: "move", collection: node.item }),
          },
        node.item?.capabilities.delete &&
          !node.item.is_builtin && {
            label: "Delete",
            isDanger: true,
            onClick: () => node.item && setOpen({ kind: "delete", collection: node.item }),
          },
      ]}
    />
  );
  return (
    <PageFrame
      title="Collections"
      description="The tree in which every service, container, network, volume, secret, config and node has its place. A grant covers a collection and everything below it. Drag a collection onto another to move it there."
    >
      <PageSection isFilled>
        {shared?.capabilities.create && (
          <Toolbar>
            <ToolbarContent>
              <ToolbarItem>
                <Button onClick={() => setOpen({ kind: "create", parent: "/Shared" })}>Create collection</Button>
              </ToolbarItem>
            </ToolbarContent>
          </Toolbar>
        )}
        <ProblemAlert error={query.error} title="The collections could not be read" />
        {query.data && query.data.count > COLLECTION_LIMIT && (
          <Alert
            component="p"
            isInline
            variant="info"
            title={`Only the first ${COLLECTION_LIMIT} of ${query.data.count} are shown.`}
          />
        )}
        {!query.error && (
          <Table isTreeTable aria-label="collections" variant="compact" className="qd-tree">
            <Thead>
              <Tr>
                <Th>Name</Th>
                <Th modifier="nowrap" style={{ width: "8rem" }}>
                  Objects
                </Th>
                <Th screenReaderText="Actions" style={{ width: "5rem" }} />
              </Tr>
            </Thead>
            <Tbody>
              {query.data ? (
                treeRows(pathTree(query.data.results), {
                  closed,
                  toggle,
                  menu,
                  drag: { dragged, over, onStart: setDragged, onOver: setOver, onDrop: drop },
                })
              ) : (
                <Tr>
                  <Td colSpan={3}>
                    <Skeleton screenreaderText="Loading" />
                  </Td>
                </Tr>
              )}
            </Tbody>
          </Table>
        )}
      </PageSection>
      {open?.kind === "create" && <CreateCollectionModal parent={open.parent} onClose={close} />}
      {open?.kind === "rename" && <RenameCollectionModal collection={open.collection} onClose={close} />}
      {open?.kind === "move" && (
        <MoveCollectionModal collection={open.collection} parent={open.parent} onClose={close} />
      )}
      {open?.kind === "delete" && <DeleteCollectionModal collection={open.collection} onClose={close} />}
    </PageFrame>
  );
}

interface TreeView {
  closed: ReadonlySet<string>;
  toggle: (path: string) => void;
  menu: (node: TreeNode<Collection>) => ReactNode;
  drag: {
    dragged: Collection | null;
    /** The path it is held over. */
    over: string;
    onStart: (collection: Collection | null) => void;
    onOver: (path: string) => void;
    onDrop: (parent: string) => void;
  };
}

/** What makes a row something to drag, and something to drop on. */
function dragProps({ path, item }: TreeNode<Collection>, { drag }: TreeView) {
  const { dragged } = drag;
  const isMovable = Boolean(item?.capabilities.update && !item.is_builtin);
  const isTarget =
    dragged !== null &&
    Boolean(item?.capabilities.create) &&
    !isWithin(path, dragged.path) &&
    path !== parentPath(dragged.path);
  return {
    draggable: isMovable,
    className: [isMovable && "qd-drag-handle", isTarget && drag.over === path && "qd-drop-target"]
      .filter(Boolean)
      .join(" "),
    onDragStart: (event: DragEvent) => {
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", path);
      drag.onStart(item ?? null);
    },
    onDragEnd: () => {
      drag.onStart(null);
      drag.onOver("");
    },
    onDragOver: (event: DragEvent) => {
      if (!isTarget) return;
      event.preventDefault();
      if (drag.over !== path) drag.onOver(path);
    },
    onDragLeave: () => {
      if (drag.over === path) drag.onOver("");
    },
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      if (isTarget) drag.onDrop(path);
    },
  };
}

function treeRows(nodes: readonly TreeNode<Collection>[], view: TreeView, level = 1, isHidden = false): ReactNode[] {
  return nodes.flatMap((node, index) => {
    const isExpanded = !view.closed.has(node.path);
    const props = {
      isExpanded,
      isHidden,
      "aria-level": level,
      "aria-posinset": index + 1,
      "aria-setsize": node.children.length,
    };
    const treeRow: TdProps["treeRow"] = { onCollapse: () => view.toggle(node.path), rowIndex: index, props };
    return [
      <TreeRowWrapper key={node.path} row={{ props }} {...dragProps(node, view)}>
        <Td dataLabel="Name" treeRow={treeRow}>
          {node.item ? (
            <Link to={`/collections/${node.item.id}`} draggable={false}>
              <Clip text={node.name} title={node.path} />
            </Link>
          ) : (
            <Clip text={node.name} title={node.path} />
          )}{" "}
          {node.item?.is_builtin && node.path !== "/" && (
            <Label isCompact variant="outline">
              built in
            </Label>
          )}
        </Td>
        <Td dataLabel="Objects">{node.item?.objects_count ?? ""}</Td>
        <Td isActionCell>{view.menu(node)}</Td>
      </TreeRowWrapper>,
      ...treeRows(node.children, view, level + 1, isHidden || !isExpanded),
    ];
  });
}
