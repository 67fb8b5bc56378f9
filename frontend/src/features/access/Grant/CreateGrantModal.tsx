import { Alert, Content, Form, Modal, ModalVariant, Wizard, WizardHeader, WizardStep } from "@patternfly/react-core";
import { useEffect, useState, type ReactNode } from "react";
import { asApiError } from "@/api/problem";
import type { GrantCreate, Role } from "@/api/types";
import { PreviewedEffect } from "@/features/access/AccessEffect";
import { splitSubject } from "@/features/access/Grant/columns";
import { isInRegistry, repositoriesOf, resourceOf, type Place } from "@/features/access/Grant/place";
import { PlaceChoice } from "@/features/access/Grant/PlaceChoice";
import { previewGrant, useCreateGrant } from "@/features/access/Grant/queries";
import { SubjectChoice } from "@/features/access/Grant/SubjectChoice";
import { useGrantedKinds } from "@/features/access/Grant/useMayGrant";
import { useRoles } from "@/features/access/Role/queries";
import { plural } from "@/lib/plural";
import { exactTime, fromLocalInput } from "@/lib/time";
import { Choice } from "@/ui/Choice";
import { Facts } from "@/ui/Facts";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { TextField } from "@/ui/TextField";
import { useToasts } from "@/ui/Toasts";

interface Props {
  /** What is settled already, because of the page one comes from. */
  subject?: string;
  role?: string;
  place?: Place;
  onClose: () => void;
}

/** Who, what, where, until when and why, one after the other, and at the end the sentence it amounts to. */
export function CreateGrantModal({ onClose, ...initial }: Props) {
  const [subject, setSubject] = useState(initial.subject ?? "");
  const [role, setRole] = useState(initial.role ?? "");
  const [place, setPlace] = useState<Place>(initial.place ?? "");
  const [until, setUntil] = useState("");
  const [comment, setComment] = useState("");
  const roles = useRoles();
  const kinds = useGrantedKinds();
  const [opened] = useState(() => Date.now());
  const create = useCreateGrant();
  const toasts = useToasts();
  const problem = create.error ? asApiError(create.error) : null;
  const expiresAt = fromLocalInput(until);
  const isPast = Boolean(expiresAt) && new Date(expiresAt!).getTime() <= opened;
  const name = splitSubject(subject)[1];
  const isWhoReady = subject !== "" && name !== "";
  const isRoleReady = isWhoReady && role !== "";
  const isReady = isRoleReady && place !== "";

  const grant: GrantCreate = {
    subject,
    role,
    resource: resourceOf(place),
    ...(expiresAt && { expires_at: expiresAt }),
    comment: comment.trim(),
  };
  const submit = () =>
    create.mutate(grant, {
      onSuccess: () => {
        toasts.success(`${name} has ${role} on ${place}`);
        onClose();
      },
    });
  return (
    <Modal variant={ModalVariant.medium} isOpen onEscapePress={onClose} aria-label="Create grant">
      <Wizard
        height="min(36rem, 80vh)"
        onClose={onClose}
        onSave={submit}
        shouldFocusContent
        header={<WizardHeader title="Create grant" onClose={onClose} closeButtonAriaLabel="Close" />}
      >
        <WizardStep id="grant-who" name="Who" footer={{ isNextDisabled: !isWhoReady }}>
          <Step title="Who is to be allowed something?">
            <SubjectChoice value={subject} onChange={setSubject} error={problem?.field("subject")} kinds={kinds} />
            <Hint>
              Prefer teams: people come and go, and the grant stays right. A service account is a machine&apos;s.
            </Hint>
          </Step>
        </WizardStep>
        <WizardStep id="grant-role" name="Role" isDisabled={!isWhoReady} footer={{ isNextDisabled: !isRoleReady }}>
          <Step title={`What is ${name} to be allowed?`}>
            <Choice
              label="Role"
              options={(roles.data?.results ?? []).map((item) => ({
                value: item.name,
                description: item.description,
              }))}
              value={role}
              onChange={setRole}
              error={problem?.field("role")}
              placeholder="Choose a role"
              isRequired
            />
            <RoleSummary role={roles.data?.results.find((item) => item.name === role)} />
          </Step>
        </WizardStep>
        <WizardStep id="grant-where" name="Where" isDisabled={!isRoleReady} footer={{ isNextDisabled: !isReady }}>
          <Step title="Where?">
            <PlaceChoice value={place} onChange={setPlace} error={problem?.field("resource")} />
          </Step>
        </WizardStep>
        <WizardStep id="grant-until" name="Until and why" isDisabled={!isReady} footer={{ isNextDisabled: isPast }}>
          <Step title="Until when, and why?">
            <TextField
              label="Until"
              type="datetime-local"
              value={until}
              onChange={setUntil}
              help="Your time zone. Empty: until it is deleted."
              error={isPast ? "This is in the past." : problem?.field("expires_at")}
            />
            <TextField
              label="Comment"
              value={comment}
              onChange={setComment}
              help="Why, for whoever reads this in a year."
              error={problem?.field("comment")}
            />
          </Step>
        </WizardStep>
        <WizardStep
          id="grant-review"
          name="Review"
          isDisabled={!isReady || isPast}
          footer={{
            nextButtonText: "Create grant",
            isNextDisabled: !isReady || isPast || create.isPending,
            nextButtonProps: { isLoading: create.isPending },
          }}
        >
          <Step title="This is what it gives">
            <ProblemAlert error={create.error} title="The grant was not made" />
            <Facts
              facts={[
                ["Who", splitSubject(subject).join(" ")],
                ["May", role],
                [
                  "On",
                  isInRegistry(place) ? `repositories ${repositoriesOf(place)}` : `${place} and everything below it`,
                ],
                ["Until", expiresAt ? exactTime(expiresAt) : "it is deleted"],
                comment.trim() && ["Because", comment.trim()],
              ]}
            />
            {!create.error && <PreviewedEffect change={["grant", grant]} preview={() => previewGrant(grant)} />}
            <RoleSummary role={roles.data?.results.find((item) => item.name === role)} />
          </Step>
        </WizardStep>
      </Wizard>
    </Modal>
  );
}

function Step({ title, children }: { title: string; children: ReactNode }) {
  // On narrow screens PatternFly names the button that shows the step "Wizard toggle", which hides what it says.
  useEffect(() => document.querySelector(".pf-v6-c-wizard__toggle")?.removeAttribute("aria-label"), []);
  return (
    <Form onSubmit={(event) => event.preventDefault()}>
      <Content component="h2">{title}</Content>
      {children}
    </Form>
  );
}

function Hint({ children }: { children: ReactNode }) {
  return (
    <Content component="p" className="qd-subtle">
      {children}
    </Content>
  );
}

/** How much a role is, and above all which dangers it allows. */
function RoleSummary({ role }: { role: Role | undefined }) {
  if (!role) return null;
  const options = [...new Set(Object.values(role.operations).flat())];
  return (
    <Alert
      component="p"
      isInline
      variant={options.length > 0 ? "warning" : "info"}
      title={`${role.name}: ${plural(Object.keys(role.operations).length, "operation")}, ${options.length === 0 ? "with no danger option" : `with ${plural(options.length, "danger option")}`}`}
    >
      {options.length > 0 && <p>{options.join(", ")}</p>}
    </Alert>
  );
}
