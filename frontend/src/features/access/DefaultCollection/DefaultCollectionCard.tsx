import { Button, Card, CardBody, CardHeader, CardTitle, Content } from "@patternfly/react-core";
import { useState } from "react";
import { asApiError } from "@/api/problem";
import { CollectionChoice } from "@/features/access/Collection/CollectionChoice";
import { useDefaultCollection, useSetDefaultCollection } from "@/features/access/DefaultCollection/queries";
import { Clip } from "@/ui/Clip";
import { FormModal } from "@/ui/FormModal";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { useToasts } from "@/ui/Toasts";

/** Where what an account makes goes, unless a label says otherwise. */
export function DefaultCollectionCard({ account }: { account: string }) {
  const query = useDefaultCollection(account);
  const [isChanging, setChanging] = useState(false);
  return (
    <Card>
      <CardHeader
        actions={{
          actions: query.data?.capabilities.update ? (
            <Button variant="secondary" onClick={() => setChanging(true)}>
              Change
            </Button>
          ) : null,
          hasNoOffset: true,
        }}
      >
        <CardTitle component="h2">Default collection</CardTitle>
      </CardHeader>
      <CardBody>
        <ProblemAlert error={query.error} title="The default collection could not be read" />
        {query.data && (
          <>
            {query.data.collection ? <Clip text={query.data.collection} mono /> : <p>None that you may see.</p>}
            <Content component="p" className="qd-subtle">
              What is created without the label <code>com.docker.ucp.access.label</code> goes there. It gives no right
              there.
            </Content>
          </>
        )}
      </CardBody>
      {isChanging && (
        <ChangeModal account={account} now={query.data?.collection ?? ""} onClose={() => setChanging(false)} />
      )}
    </Card>
  );
}

function ChangeModal({ account, now, onClose }: { account: string; now: string; onClose: () => void }) {
  const [collection, setCollection] = useState(now);
  const save = useSetDefaultCollection(account);
  const toasts = useToasts();
  return (
    <FormModal
      title={`Default collection of ${account}`}
      submit="Save"
      isPending={save.isPending}
      isDisabled={collection === now}
      error={save.error}
      shownFields={["collection"]}
      onSubmit={() =>
        save.mutate(collection, {
          onSuccess: () => {
            toasts.success(`The default collection of ${account} was changed`);
            onClose();
          },
        })
      }
      onClose={onClose}
    >
      <CollectionChoice
        value={collection}
        onChange={setCollection}
        help="Empty: the one it had at first."
        error={save.error ? asApiError(save.error).field("collection") : ""}
        placeholder="The one it had at first"
      />
    </FormModal>
  );
}
