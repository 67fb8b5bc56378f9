import {
  Alert,
  Button,
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  Checkbox,
  Content,
  ExpandableSection,
  Form,
  FormGroup,
  Grid,
  GridItem,
  Skeleton,
  Stack,
  StackItem,
} from "@patternfly/react-core";
import { useState } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import type { Decision, Operation, Role } from "@/api/types";
import { CollectionChoice } from "@/features/access/Collection/CollectionChoice";
import { useExplanation, type Question } from "@/features/access/Explorer/queries";
import { CreateGrantModal } from "@/features/access/Grant/CreateGrantModal";
import { splitSubject } from "@/features/access/Grant/columns";
import { isInRegistry } from "@/features/access/Grant/place";
import { RepositoriesField } from "@/features/access/Grant/PlaceChoice";
import { GrantTable } from "@/features/access/Grant/GrantTable";
import { SubjectChoice } from "@/features/access/Grant/SubjectChoice";
import { useMayGrant } from "@/features/access/Grant/useMayGrant";
import { rolePath } from "@/features/access/Role/path";
import { useOperations, useRoles } from "@/features/access/Role/queries";
import { useSession } from "@/features/accounts/Session/queries";
import { Choice } from "@/ui/Choice";
import { Facts } from "@/ui/Facts";
import { HeldCard, HoldersCard } from "@/features/access/Explorer/Answers";
import { PageFrame } from "@/ui/PageFrame";
import { PathTabs } from "@/ui/PathTabs";
import { ProblemAlert } from "@/ui/ProblemAlert";

/** The group of the operations that are on repositories rather than in collections. */
const REPOSITORY = "Repository";

/** Whom the server explains. */
const ASKED_ABOUT = ["user", "service-account"] as const;

const MAY = { key: "may", title: "May somebody do it?" };
const WHO = { key: "who-can", title: "Who can?" };
const WHAT = { key: "what-can", title: "What can somebody do?" };

/** "Why can't Bob…?": the question, kept in the address so that it can be sent to somebody, and the server's answer. */
export function ExplorerPage() {
  const { user, capabilities } = useSession();
  const mayAskAboutOthers = capabilities.administrator || capabilities.view_access;
  const { tab = MAY.key } = useParams();
  const [params, setParams] = useSearchParams();
  const own = `user:${user.username}`;
  const question: Question = {
    subject: mayAskAboutOthers ? (params.get("subject") ?? own) : own,
    operation: params.get("operation") ?? "",
    options: params.getAll("option"),
    place: params.get("target") ?? "",
  };
  const ask = (changes: Partial<Question>) => {
    const { subject, operation, options, place } = { ...question, ...changes };
    const next = new URLSearchParams({ subject, operation, target: place });
    for (const option of options) next.append("option", option);
    setParams(next, { replace: true });
  };
  const hasSubject = splitSubject(question.subject)[1] !== "";
  return (
    <PageFrame
      title="Access explorer"
      description="Why can't Bob…? Ask whether somebody may do something somewhere, and see through which grants, or what is missing."
    >
      <PathTabs
        label="Questions"
        base="/explorer"
        tabs={mayAskAboutOthers ? [MAY, WHO, WHAT] : [MAY, WHAT]}
        active={tab}
        search={params.size > 0 ? `?${params}` : ""}
      >
        <Grid hasGutter>
          <GridItem lg={5}>
            <QuestionCard
              question={question}
              ask={ask}
              mayAskAboutOthers={mayAskAboutOthers}
              hasSubject={tab !== WHO.key}
              hasOperation={tab !== WHAT.key}
            />
          </GridItem>
          <GridItem lg={7}>
            {tab === WHO.key && <HoldersCard key={JSON.stringify(question)} question={question} />}
            {tab === WHAT.key && <HeldCard key={question.subject} subject={question.subject} />}
            {tab === MAY.key && (
              <Stack hasGutter>
                <StackItem>
                  <AnswerCard question={question} />
                </StackItem>
                {hasSubject && (
                  <StackItem>
                    <GrantTable
                      title={`What ${splitSubject(question.subject)[1]} was granted, also through groups`}
                      empty="No grant reaches this account: without one nothing is allowed."
                      subject={question.subject}
                      isShort
                    />
                  </StackItem>
                )}
              </Stack>
            )}
          </GridItem>
        </Grid>
      </PathTabs>
    </PageFrame>
  );
}

interface QuestionProps {
  question: Question;
  ask: (changes: Partial<Question>) => void;
  mayAskAboutOthers: boolean;
  /** Whether it is asked about somebody. */
  hasSubject: boolean;
  /** Whether it is asked about one operation in one place. */
  hasOperation: boolean;
}

function QuestionCard({ question, ask, mayAskAboutOthers, hasSubject, hasOperation }: QuestionProps) {
  const operations = useOperations();
  const operation = operations.data?.find(({ name }) => name === question.operation);
  const isOnRepositories = (name: string) =>
    operations.data?.find((other) => other.name === name)?.group === REPOSITORY;
  const isSamePlaces = (name: string) => isOnRepositories(name) === isInRegistry(question.place);
  return (
    <Card>
      <CardHeader>
        <CardTitle component="h2">The question</CardTitle>
      </CardHeader>
      <CardBody>
        <Form onSubmit={(event) => event.preventDefault()}>
          {hasSubject && mayAskAboutOthers && (
            <SubjectChoice value={question.subject} onChange={(subject) => ask({ subject })} kinds={ASKED_ABOUT} />
          )}
          {hasSubject && !mayAskAboutOthers && (
            <Content component="p">
              About you, <strong>{splitSubject(question.subject)[1]}</strong>. Administrators and auditors ask about
              others.
            </Content>
          )}
          {hasOperation && (
            <>
              <Choice
                label="Operation"
                options={(operations.data ?? []).map(({ name, description }) => ({ value: name, description }))}
                value={question.operation}
                onChange={(name) => ask({ operation: name, options: [], ...(!isSamePlaces(name) && { place: "" }) })}
                placeholder="Service Create"
                isRequired
              />
              {operation?.group === REPOSITORY ? (
                <RepositoriesField value={question.place} onChange={(place) => ask({ place })} />
              ) : (
                <CollectionChoice
                  value={question.place}
                  onChange={(place) => ask({ place })}
                  placeholder="/Shared/payments"
                  isRequired
                />
              )}
              {operation && operation.options.length > 0 && (
                <Options
                  key={operation.name}
                  operation={operation}
                  chosen={question.options}
                  onChange={(options) => ask({ options })}
                />
              )}
            </>
          )}
        </Form>
      </CardBody>
    </Card>
  );
}

/** The dangers the operation may come with: folded, because most questions are about none. */
function Options(props: { operation: Operation; chosen: readonly string[]; onChange: (chosen: string[]) => void }) {
  const { operation, chosen, onChange } = props;
  const [isOpen, setOpen] = useState(chosen.length > 0);
  return (
    <ExpandableSection
      toggleText={chosen.length > 0 ? `With options (${chosen.length})` : "With options"}
      isExpanded={isOpen}
      onToggle={(_, isExpanded) => setOpen(isExpanded)}
      isIndented
    >
      <FormGroup className="qd-choices" role="group" aria-label="Options" fieldId="explorer-options">
        {operation.options.map(({ name, description }) => (
          <Checkbox
            key={name}
            id={`explorer-option-${name}`}
            label={name}
            description={description}
            isChecked={chosen.includes(name)}
            onChange={(_, isChecked) =>
              onChange(isChecked ? [...chosen, name] : chosen.filter((option) => option !== name))
            }
          />
        ))}
      </FormGroup>
    </ExpandableSection>
  );
}

function AnswerCard({ question }: { question: Question }) {
  const query = useExplanation(question);
  return (
    <Card>
      <CardHeader>
        <CardTitle component="h2">The answer</CardTitle>
      </CardHeader>
      <CardBody aria-live="polite">
        <ProblemAlert error={query.error} title="The question could not be answered" />
        {query.isLoading && <Skeleton height="4rem" screenreaderText="Asking" />}
        {!query.isLoading && !query.data && !query.error && (
          <Content component="p">
            Choose who, what and where. The answer is the one that the docker CLI and the API would get this second.
          </Content>
        )}
        {query.data && <Answer key={JSON.stringify(question)} decision={query.data} question={question} />}
      </CardBody>
    </Card>
  );
}

function Answer({ decision, question }: { decision: Decision; question: Question }) {
  const mayGrant = useMayGrant(question.subject);
  const roles = useRoles();
  const [isGranting, setGranting] = useState(false);
  const fitting = (roles.data?.results ?? []).filter((role) => allows(role, question));
  if (decision.allowed) {
    return (
      <Alert component="p" isInline variant="success" title={`Yes, ${decision.subject} may.`}>
        {decision.because.length > 0 ? (
          <ul>
            {decision.because.map((reason) => (
              <li key={reason} className="qd-break">
                {reason}
              </li>
            ))}
          </ul>
        ) : (
          <p>{decision.sentence}</p>
        )}
      </Alert>
    );
  }
  return (
    <>
      <Alert component="p" isInline variant="danger" title={`No: ${decision.sentence}`} className="qd-alert" />
      <Facts
        facts={[
          decision.missing.length > 0 && ["Missing", decision.missing.join(", ")],
          [
            "Roles with it",
            <ul key="roles" className="qd-links">
              {fitting.map((role) => (
                <li key={role.id}>
                  <Link to={rolePath(role.name)}>{role.name}</Link>
                </li>
              ))}
              {roles.data && fitting.length === 0 && <li>none yet</li>}
            </ul>,
          ],
        ]}
      />
      {mayGrant && (
        <Button variant="secondary" className="qd-next" onClick={() => setGranting(true)}>
          Grant one of them
        </Button>
      )}
      {isGranting && (
        <CreateGrantModal subject={question.subject} place={question.place} onClose={() => setGranting(false)} />
      )}
    </>
  );
}

/** Whether a grant of the role alone would make the answer a yes. */
function allows(role: Role, { operation, options }: Question): boolean {
  const held = role.operations[operation];
  return held !== undefined && options.every((option) => held.includes(option));
}
