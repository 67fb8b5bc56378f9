import {
  Button,
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  Content,
  Label,
  PageSection,
  Stack,
  StackItem,
} from "@patternfly/react-core";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { asApiError } from "@/api/problem";
import { NotFoundPage } from "@/app/NotFoundPage";
import { DefaultCollectionCard } from "@/features/access/DefaultCollection/DefaultCollectionCard";
import { explorerPath } from "@/features/access/Explorer/path";
import { GrantTable } from "@/features/access/Grant/GrantTable";
import { DepartureModal } from "@/features/accounts/DepartureModal";
import {
  useServiceAccount,
  useServiceAccountActions,
  useServiceAccountBundles,
} from "@/features/accounts/ServiceAccount/queries";
import { CreateBundleModal } from "@/features/certificates/Bundle/BundlesCard";
import { BundleTable } from "@/features/certificates/Bundle/BundleTable";
import { ConfirmModal } from "@/ui/ConfirmModal";
import { DetailSkeleton } from "@/ui/DetailSkeleton";
import { LinkButton } from "@/ui/LinkButton";
import { PageFrame } from "@/ui/PageFrame";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { RowMenu } from "@/ui/RowMenu";

export function ServiceAccountDetailPage() {
  const { organization = "", account: name = "" } = useParams();
  const query = useServiceAccount(organization, name);
  const account = query.data;
  const isManaged = account?.capabilities.update ?? false;
  const bundles = useServiceAccountBundles(organization, name, isManaged);
  const actions = useServiceAccountActions(organization);
  const navigate = useNavigate();
  const [open, setOpen] = useState<"bundle" | "activation" | "delete" | null>(null);
  const close = () => setOpen(null);
  const full = `${organization}/${name}`;
  const list = `/organizations/${organization}/service-accounts`;
  if (query.error && asApiError(query.error).isNotFound) return <NotFoundPage />;
  return (
    <PageFrame
      title={name}
      description={account?.full_name || `A service account of ${organization}: a machine signs in with its bundles.`}
      trail={[
        { label: "Organisations", to: "/organizations" },
        { label: organization, to: `/organizations/${organization}` },
        { label: "Service accounts", to: list },
      ]}
      labels={account && !account.is_active && <Label variant="outline">deactivated</Label>}
      actions={
        account && (
          <span className="qd-actions">
            <LinkButton to={explorerPath({ subject: `service-account:${full}` }, "what-can")}>
              What it may do
            </LinkButton>{" "}
            <RowMenu
              name={full}
              actions={[
                isManaged && {
                  label: account.is_active ? "Deactivate" : "Activate",
                  onClick: () => setOpen("activation"),
                },
                account.capabilities.delete && { label: "Delete", isDanger: true, onClick: () => setOpen("delete") },
              ]}
            />
          </span>
        )
      }
    >
      <PageSection isFilled>
        <ProblemAlert error={query.error} title="The service account could not be read" />
        {!account && !query.error && <DetailSkeleton />}
        {account && (
          <Stack hasGutter>
            {isManaged && (
              <StackItem>
                <Card>
                  <CardHeader
                    actions={{
                      actions: account.capabilities.create_bundle ? (
                        <Button variant="secondary" onClick={() => setOpen("bundle")}>
                          New client bundle
                        </Button>
                      ) : null,
                      hasNoOffset: true,
                    }}
                  >
                    <CardTitle component="h2">Client bundles</CardTitle>
                  </CardHeader>
                  <CardBody>
                    <Content component="p">
                      Whoever has a bundle of {full} is {full}. Delete one that may be in the wrong hands: it ends
                      within a second.
                    </Content>
                    <BundleTable query={bundles} empty="None: the account cannot sign in yet." />
                  </CardBody>
                </Card>
              </StackItem>
            )}
            <StackItem>
              <GrantTable
                title="Grants to it"
                empty="Nothing is granted to it: it may do nothing. Neither its organisation's grants nor those to everyone reach it."
                subject={`service-account:${full}`}
              />
            </StackItem>
            <StackItem>
              <DefaultCollectionCard account={full} />
            </StackItem>
          </Stack>
        )}
      </PageSection>
      {open === "bundle" && (
        <CreateBundleModal create={(bundle) => actions.createBundle(name, bundle)} onClose={close} />
      )}
      {account && open === "activation" && (
        <ConfirmModal
          title={account.is_active ? `Deactivate ${full}?` : `Activate ${full}?`}
          submit={account.is_active ? "Deactivate" : "Activate"}
          action={() => actions.update(name, { is_active: !account.is_active })}
          done={`${full} was ${account.is_active ? "deactivated" : "activated"}`}
          onClose={close}
        >
          <p>
            {account.is_active
              ? "Its bundles sign nobody in from this second on. They and its grants are there again when it is activated."
              : "Its bundles and grants work again."}
          </p>
        </ConfirmModal>
      )}
      {open === "delete" && (
        <DepartureModal
          title={`Delete ${full}?`}
          description="Its bundles sign nobody in any more. What it did stays in the audit log."
          submit="Delete service account"
          done={`${full} was deleted`}
          mayInherit
          preview={(heir) => actions.previewRemove(name, heir)}
          action={(heir) => actions.remove(name, heir)}
          onDone={() => void navigate(list, { replace: true })}
          onClose={close}
        />
      )}
    </PageFrame>
  );
}
