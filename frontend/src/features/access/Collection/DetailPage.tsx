import { Button, PageSection, Stack, StackItem } from "@patternfly/react-core";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { asApiError } from "@/api/problem";
import type { Collection, CollectionObject } from "@/api/types";
import { NotFoundPage } from "@/app/NotFoundPage";
import { CollectionActionModal, collectionActions, type CollectionAction } from "@/features/access/Collection/actions";
import { COLLECTION_COLUMNS } from "@/features/access/Collection/columns";
import { ConstraintsCard } from "@/features/access/Collection/ConstraintsCard";
import { MoveObjectModal } from "@/features/access/Collection/MoveObjectModal";
import {
  useCollection,
  useCollectionObjects,
  useCollections,
  useCollectionsAbove,
} from "@/features/access/Collection/queries";
import { GrantTable } from "@/features/access/Grant/GrantTable";
import { baseName } from "@/lib/path";
import { Clip } from "@/ui/Clip";
import { DetailSkeleton } from "@/ui/DetailSkeleton";
import type { Column } from "@/ui/ListPageBody";
import { PageFrame } from "@/ui/PageFrame";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { RowMenu } from "@/ui/RowMenu";
import { TableCard } from "@/ui/TableCard";
import { Time } from "@/ui/Time";
import { usePaging } from "@/ui/usePaging";

const OBJECT_COLUMNS: readonly Column<CollectionObject>[] = [
  {
    name: "Name",
    width: 40,
    cell: (object) =>
      object.kind === "service" ? (
        <Link to={`/services/${object.id}`}>
          <Clip text={object.name} />
        </Link>
      ) : (
        <Clip text={object.name} />
      ),
  },
  { name: "Kind", cell: (object) => object.kind },
  { name: "Owner", cell: (object) => <Clip text={object.owner} /> },
  { name: "Created", cell: (object) => <Time value={object.created_at} empty="" /> },
];

export function CollectionDetailPage() {
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const query = useCollection(id);
  const [action, setAction] = useState<CollectionAction | null>(null);
  const above = useCollectionsAbove(query.data?.path ?? "");
  if (query.error && asApiError(query.error).isNotFound) return <NotFoundPage />;
  const collection = query.data;
  return (
    <PageFrame
      title={collection?.path ?? "Collection"}
      trailEnd={collection && baseName(collection.path)}
      trail={[
        { label: "Collections", to: "/collections" },
        ...above.map((each) => ({ label: each.name, to: `/collections/${each.id}` })),
      ]}
      actions={
        collection && (
          <span className="qd-actions">
            {collectionActions(collection, setAction).map(
              (each) =>
                each && (
                  <Button key={each.label} variant={each.isDanger ? "danger" : "secondary"} onClick={each.onClick}>
                    {each.label}
                  </Button>
                ),
            )}
          </span>
        )
      }
    >
      <PageSection isFilled>
        <ProblemAlert error={query.error} title="The collection could not be read" />
        {!collection && !query.error && <DetailSkeleton />}
        {collection && (
          <Stack hasGutter>
            <StackItem>
              <ObjectsCard collection={collection} />
            </StackItem>
            {collection.children_count > 0 && (
              <StackItem>
                <ChildrenCard collection={collection} onAction={setAction} />
              </StackItem>
            )}
            <StackItem>
              <ConstraintsCard collection={collection} />
            </StackItem>
            <StackItem>
              <GrantTable
                title="Grants that reach it"
                empty="No grant that you may see reaches this collection."
                collection={collection.path}
              />
            </StackItem>
          </Stack>
        )}
      </PageSection>
      {action && (
        <CollectionActionModal
          action={action}
          onDeleted={() => void navigate("/collections", { replace: true })}
          onClose={() => setAction(null)}
        />
      )}
    </PageFrame>
  );
}

/** What is right in the collection. */
function ObjectsCard({ collection }: { collection: Collection }) {
  const paging = usePaging();
  const query = useCollectionObjects(collection.id, paging.query);
  const [moving, setMoving] = useState<CollectionObject | null>(null);
  return (
    <TableCard
      title="Objects"
      label="objects"
      query={query}
      paging={paging}
      searchHint="Find by name"
      columns={OBJECT_COLUMNS}
      rowKey={(object) => `${object.kind}/${object.id}/${object.node}`}
      rowActions={(object) => (
        <RowMenu
          name={object.name}
          actions={[object.capabilities.move && { label: "Move…", onClick: () => setMoving(object) }]}
        />
      )}
      empty={
        <>
          Nothing is in this collection itself. Objects get here by the label{" "}
          <code className="qd-break">com.docker.ucp.access.label={collection.path}</code>, or by “Move…” on the page of
          the collection they are in.
        </>
      }
    >
      {moving && <MoveObjectModal object={moving} from={collection.path} onClose={() => setMoving(null)} />}
    </TableCard>
  );
}

function ChildrenCard(props: { collection: Collection; onAction: (action: CollectionAction) => void }) {
  const paging = usePaging();
  const query = useCollections({ ...paging.query, parent: props.collection.id });
  return (
    <TableCard
      title="Collections in it"
      label="collections"
      query={query}
      paging={paging}
      searchHint="Find by path"
      columns={COLLECTION_COLUMNS}
      rowKey={({ id }) => id}
      rowActions={(child) => <RowMenu name={child.path} actions={collectionActions(child, props.onAction)} />}
      empty="No collection is in it."
    />
  );
}
