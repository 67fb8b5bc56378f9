import {
  Button,
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  Content,
  PageSection,
  Stack,
  StackItem,
} from "@patternfly/react-core";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { asApiError } from "@/api/problem";
import type { CollectionObject } from "@/api/types";
import { NotFoundPage } from "@/app/NotFoundPage";
import {
  CreateCollectionModal,
  DeleteCollectionModal,
  MoveCollectionModal,
  RenameCollectionModal,
} from "@/features/access/Collection/CollectionModals";
import { ConstraintsCard } from "@/features/access/Collection/ConstraintsCard";
import { useCollection, useCollectionObjects } from "@/features/access/Collection/queries";
import { GrantTable } from "@/features/access/Grant/GrantTable";
import { Clip } from "@/ui/Clip";
import { DetailSkeleton } from "@/ui/DetailSkeleton";
import { DataTable, type Column } from "@/ui/ListPageBody";
import { PageFrame } from "@/ui/PageFrame";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { Time } from "@/ui/Time";

const COLUMNS: readonly Column<CollectionObject>[] = [
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
  const objects = useCollectionObjects(id, { limit: 200, offset: 0 });
  const [open, setOpen] = useState<"create" | "rename" | "move" | "delete" | null>(null);
  const close = () => setOpen(null);
  if (query.error && asApiError(query.error).isNotFound) return <NotFoundPage />;
  const collection = query.data;
  return (
    <PageFrame
      title={collection?.path ?? "Collection"}
      trail={[{ label: "Collections", to: "/collections" }]}
      actions={
        collection && (
          <span className="qd-actions">
            {collection.capabilities.create && (
              <Button variant="secondary" onClick={() => setOpen("create")}>
                Create collection in it
              </Button>
            )}
            {collection.capabilities.update && !collection.is_builtin && (
              <Button variant="secondary" onClick={() => setOpen("rename")}>
                Rename
              </Button>
            )}
            {collection.capabilities.update && !collection.is_builtin && (
              <Button variant="secondary" onClick={() => setOpen("move")}>
                Move…
              </Button>
            )}
            {collection.capabilities.delete && !collection.is_builtin && (
              <Button variant="danger" onClick={() => setOpen("delete")}>
                Delete
              </Button>
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
              <Card>
                <CardHeader>
                  <CardTitle component="h2">Objects</CardTitle>
                </CardHeader>
                <CardBody>
                  <ProblemAlert error={objects.error} title="The objects could not be read" />
                  {(objects.isPending || (objects.data && objects.data.count > 0)) && (
                    <DataTable
                      label="objects"
                      columns={COLUMNS}
                      rows={objects.data?.results}
                      rowKey={(object) => `${object.kind}/${object.id}`}
                    />
                  )}
                  {objects.data?.count === 0 && (
                    <Content component="p">
                      Nothing is in this collection itself. Objects get here by the label{" "}
                      <code>com.docker.ucp.access.label={collection.path}</code>.
                    </Content>
                  )}
                  {objects.data && objects.data.count > objects.data.results.length && (
                    <Content component="p">Only the first {objects.data.results.length} are shown.</Content>
                  )}
                </CardBody>
              </Card>
            </StackItem>
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
      {collection && open === "create" && <CreateCollectionModal parent={collection.path} onClose={close} />}
      {collection && open === "rename" && <RenameCollectionModal collection={collection} onClose={close} />}
      {collection && open === "move" && <MoveCollectionModal collection={collection} onClose={close} />}
      {collection && open === "delete" && (
        <DeleteCollectionModal
          collection={collection}
          onDone={() => void navigate("/collections", { replace: true })}
          onClose={close}
        />
      )}
    </PageFrame>
  );
}
