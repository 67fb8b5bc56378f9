import { Button, PageSection, Pagination, Toolbar, ToolbarContent, ToolbarItem } from "@patternfly/react-core";
import { useState, type ReactNode } from "react";
import type { Collection } from "@/api/types";
import { CollectionActionModal, collectionActions, type CollectionAction } from "@/features/access/Collection/actions";
import { CollectionTree } from "@/features/access/Collection/CollectionTree";
import { COLLECTION_COLUMNS } from "@/features/access/Collection/columns";
import { useCollections } from "@/features/access/Collection/queries";
import { useSession } from "@/features/accounts/Session/queries";
import { DataTable, DebouncedSearch, NothingMatches } from "@/ui/ListPageBody";
import { PageFrame } from "@/ui/PageFrame";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { RowMenu } from "@/ui/RowMenu";
import { useListParams, type ListParams } from "@/ui/useListParams";

export function CollectionListPage() {
  const { capabilities } = useSession();
  const params = useListParams();
  const [action, setAction] = useState<CollectionAction | null>(null);
  const menu = (collection: Collection) => (
    <RowMenu name={collection.path} actions={collectionActions(collection, setAction)} />
  );
  return (
    <PageFrame
      title="Collections"
      description={`The tree in which every service, container, network, volume, secret, config and node has its place. A grant covers a collection and everything below it.${capabilities.administrator ? " Drag a collection onto another to move it there." : ""}`}
    >
      <PageSection isFilled>
        <Toolbar>
          <ToolbarContent>
            <ToolbarItem>
              <DebouncedSearch
                hint="Find by path"
                value={params.search}
                onChange={(search) => params.set({ search })}
              />
            </ToolbarItem>
            {capabilities.administrator && (
              <ToolbarItem>
                <Button onClick={() => setAction({ kind: "create", parent: "/Shared", isParentOpen: true })}>
                  Create collection
                </Button>
              </ToolbarItem>
            )}
          </ToolbarContent>
        </Toolbar>
        {params.search ? (
          <Found params={params} menu={menu} />
        ) : (
          <CollectionTree
            menu={menu}
            // What is dropped is not moved yet: the dialog says what follows from it, and asks.
            onDrop={(collection, parent) => setAction({ kind: "move", collection, parent })}
          />
        )}
      </PageSection>
      {action && <CollectionActionModal action={action} onClose={() => setAction(null)} />}
    </PageFrame>
  );
}

/** The collections whose path has what is searched for, wherever they are in the tree. */
function Found({ params, menu }: { params: ListParams<never>; menu: (collection: Collection) => ReactNode }) {
  const query = useCollections(params.query);
  return (
    <>
      <ProblemAlert error={query.error} title="The collections could not be read" />
      {query.data?.count === 0 && <NothingMatches onClear={params.clear} />}
      {(query.isPending || (query.data && query.data.count > 0)) && (
        <DataTable
          label="collections found"
          columns={COLLECTION_COLUMNS}
          rows={query.data?.results}
          rowKey={({ id }) => id}
          rowActions={menu}
        />
      )}
      {query.data && query.data.count > params.perPage && (
        <Pagination
          itemCount={query.data.count}
          page={params.page}
          perPage={params.perPage}
          perPageOptions={[]}
          onSetPage={(_, page) => params.set({ page })}
        />
      )}
    </>
  );
}
