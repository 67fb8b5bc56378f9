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
import { useState, type ReactNode } from "react";
import { Link } from "react-router";
import type { Collection } from "@/api/types";
import {
  CreateCollectionModal,
  DeleteCollectionModal,
  RenameCollectionModal,
} from "@/features/access/Collection/CollectionModals";
import { COLLECTION_LIMIT, useCollections } from "@/features/access/Collection/queries";
import { pathTree, type TreeNode } from "@/lib/pathTree";
import { Clip } from "@/ui/Clip";
import { PageFrame } from "@/ui/PageFrame";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { RowMenu } from "@/ui/RowMenu";

type Open = { kind: "create"; parent: string } | { kind: "rename" | "delete"; collection: Collection } | null;

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
      description="The tree in which every service, container, network, volume, secret, config and node has its place. A grant covers a collection and everything below it."
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
                treeRows(pathTree(query.data.results), { closed, toggle, menu })
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
      {open?.kind === "delete" && <DeleteCollectionModal collection={open.collection} onClose={close} />}
    </PageFrame>
  );
}

interface TreeView {
  closed: ReadonlySet<string>;
  toggle: (path: string) => void;
  menu: (node: TreeNode<Collection>) => ReactNode;
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
      <TreeRowWrapper key={node.path} row={{ props }}>
        <Td dataLabel="Name" treeRow={treeRow}>
          {node.item ? (
            <Link to={`/collections/${node.item.id}`}>
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
