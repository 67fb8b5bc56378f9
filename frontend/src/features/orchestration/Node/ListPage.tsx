import ServerIcon from "@patternfly/react-icons/dist/esm/icons/server-icon";
import { useState } from "react";
import type { Node } from "@/api/types";
import { MoveObjectModal } from "@/features/access/Collection/MoveObjectModal";
import { useNodes } from "@/features/orchestration/Node/queries";
import { Clip, ClipPath } from "@/ui/Clip";
import { ListPageBody, type Column } from "@/ui/ListPageBody";
import { PageFrame } from "@/ui/PageFrame";
import { RowMenu } from "@/ui/RowMenu";
import { StateLabel } from "@/ui/StateLabel";
import { useListParams } from "@/ui/useListParams";

const COLUMNS: readonly Column<Node>[] = [
  { name: "Host name", width: 25, cell: (node) => <Clip text={node.hostname} /> },
  { name: "State", cell: (node) => <StateLabel state={node.state} /> },
  { name: "Availability", cell: (node) => <StateLabel state={node.availability} /> },
  { name: "Role", cell: (node) => node.role },
  { name: "Collection", width: 15, cell: (node) => <ClipPath path={node.collection} /> },
  { name: "Address", cell: (node) => <Clip text={node.address} mono /> },
  { name: "Engine", cell: (node) => node.engine_version },
];

export function NodeListPage() {
  const params = useListParams();
  const query = useNodes(params.query);
  const [moving, setMoving] = useState<Node | null>(null);
  return (
    <PageFrame title="Nodes" description="The machines of the swarm that run, or may run, something of yours.">
      <ListPageBody
        label="nodes"
        query={query}
        params={params}
        searchHint="Find by host name"
        columns={COLUMNS}
        rowKey={(node) => node.id}
        rowActions={(node) => (
          <RowMenu
            name={node.hostname}
            actions={[node.capabilities.move && { label: "Move…", onClick: () => setMoving(node) }]}
          />
        )}
        empty={{
          icon: ServerIcon,
          title: "No nodes that you may see",
          body: "A node is listed to those who may schedule on it, or of whom something runs there. What is needed is a grant of Scheduler on the collection of the nodes. An engine outside swarm mode has none.",
        }}
      />
      {moving && (
        <MoveObjectModal
          object={{ kind: "node", id: moving.id, name: moving.hostname }}
          from={moving.collection}
          onClose={() => setMoving(null)}
        />
      )}
    </PageFrame>
  );
}
