import { Button, Label, Skeleton } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr, TreeRowWrapper, type TdProps } from "@patternfly/react-table";
import { Fragment, useState, type DragEvent, type ReactNode } from "react";
import { Link } from "react-router";
import type { Collection } from "@/api/types";
import { useBranch } from "@/features/access/Collection/queries";
import { isWithin, parentPath } from "@/lib/path";
import { Clip } from "@/ui/Clip";
import { ProblemAlert } from "@/ui/ProblemAlert";

/** What is open, also when one comes back from a collection. */
let remembered: ReadonlySet<string> = new Set(["/", "/Shared"]);

interface Props {
  menu: (collection: Collection) => ReactNode;
  /** Called when a collection is dropped on the one of that path. */
  onDrop: (collection: Collection, parent: string) => void;
}

/** The collections as a tree: what is below one is read when it is opened, because there may be ten thousand. */
export function CollectionTree({ menu, onDrop }: Props) {
  const [open, setOpen] = useState<ReadonlySet<string>>(() => remembered);
  const [dragged, setDragged] = useState<Collection | null>(null);
  const [over, setOver] = useState("");
  const toggle = (path: string) => {
    const after = new Set(open);
    if (!after.delete(path)) after.add(path);
    remember(after);
    setOpen(after);
  };
  const drop = (parent: string) => {
    if (dragged) onDrop(dragged, parent);
    setDragged(null);
    setOver("");
  };
  const drag = { dragged, over, onStart: setDragged, onOver: setOver, onDrop: drop };
  return (
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
        <Branch where={{ path: "/" }} level={1} view={{ open, toggle, menu, drag }} />
      </Tbody>
    </Table>
  );
}

function remember(open: ReadonlySet<string>) {
  remembered = open;
}

interface View {
  /** The paths of the collections that show what is below them. */
  open: ReadonlySet<string>;
  toggle: (path: string) => void;
  menu: (collection: Collection) => ReactNode;
  drag: {
    dragged: Collection | null;
    /** The path it is held over. */
    over: string;
    onStart: (collection: Collection | null) => void;
    onOver: (path: string) => void;
    onDrop: (parent: string) => void;
  };
}

function Branch({ where, level, view }: { where: Parameters<typeof useBranch>[0]; level: number; view: View }) {
  const query = useBranch(where);
  const collections = query.data?.pages.flatMap(({ results }) => results) ?? [];
  const count = query.data?.pages[0]?.count ?? 0;
  return (
    <>
      {query.isPending && (
        <Whole>
          <Skeleton screenreaderText="Loading" />
        </Whole>
      )}
      {query.error && (
        <Whole>
          <ProblemAlert error={query.error} title="The collections could not be read" />
        </Whole>
      )}
      {collections.map((collection, index) => (
        <Fragment key={collection.id}>
          <Row collection={collection} level={level} position={index + 1} view={view} />
          {collection.children_count > 0 && view.open.has(collection.path) && (
            <Branch where={{ parent: collection.id }} level={level + 1} view={view} />
          )}
        </Fragment>
      ))}
      {query.hasNextPage && (
        <Whole>
          <span className="qd-subtle">
            {collections.length} of {count.toLocaleString("en-GB")} are shown; the search finds any.{" "}
          </span>
          <Button
            variant="link"
            isInline
            isLoading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            Show more
          </Button>
        </Whole>
      )}
    </>
  );
}

function Whole({ children }: { children: ReactNode }) {
  return (
    <Tr>
      <Td colSpan={3}>{children}</Td>
    </Tr>
  );
}

function Row(props: { collection: Collection; level: number; position: number; view: View }) {
  const { collection, level, position, view } = props;
  const isExpanded = view.open.has(collection.path);
  const rowProps = {
    isExpanded,
    toggleAriaLabel: `${isExpanded ? "Close" : "Open"} ${collection.path}`,
    "aria-level": level,
    "aria-posinset": position,
    "aria-setsize": collection.children_count,
  };
  const treeRow: TdProps["treeRow"] = {
    onCollapse: () => view.toggle(collection.path),
    rowIndex: position - 1,
    props: rowProps,
  };
  return (
    <TreeRowWrapper row={{ props: rowProps }} {...dragProps(collection, view.drag)}>
      <Td dataLabel="Name" treeRow={treeRow}>
        <Link to={`/collections/${collection.id}`} draggable={false}>
          <Clip text={collection.name} title={collection.path} />
        </Link>{" "}
        {collection.is_builtin && collection.path !== "/" && (
          <Label isCompact variant="outline">
            built in
          </Label>
        )}
      </Td>
      <Td dataLabel="Objects">{collection.objects_count}</Td>
      <Td isActionCell>{view.menu(collection)}</Td>
    </TreeRowWrapper>
  );
}

/** What makes a row something to drag, and something to drop on. */
function dragProps(collection: Collection, { dragged, over, onStart, onOver, onDrop }: View["drag"]) {
  const { path, capabilities } = collection;
  const isMovable = capabilities.update && !collection.is_builtin;
  const isTarget =
    dragged !== null && capabilities.create && !isWithin(path, dragged.path) && path !== parentPath(dragged.path);
  return {
    draggable: isMovable,
    className: [isMovable && "qd-drag-handle", isTarget && over === path && "qd-drop-target"].filter(Boolean).join(" "),
    onDragStart: (event: DragEvent) => {
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", path);
      onStart(collection);
    },
    onDragEnd: () => {
      onStart(null);
      onOver("");
    },
    onDragOver: (event: DragEvent) => {
      if (!isTarget) return;
      event.preventDefault();
      if (over !== path) onOver(path);
    },
    onDragLeave: () => {
      if (over === path) onOver("");
    },
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      if (isTarget) onDrop(path);
    },
  };
}
