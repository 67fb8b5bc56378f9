import {
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  Content,
  ExpandableSection,
  Label,
  LabelGroup,
  Pagination,
  Skeleton,
} from "@patternfly/react-core";
import { useState } from "react";
import type { Held, Holder } from "@/api/types";
import { useHeld, useHolders, type Question } from "@/features/access/Explorer/queries";
import { splitSubject, SubjectText } from "@/features/access/Grant/columns";
import { plural } from "@/lib/plural";
import { DataTable, type Column } from "@/ui/ListPageBody";
import { ProblemAlert } from "@/ui/ProblemAlert";

const PER_PAGE = 50;

const HOLDER_COLUMNS: readonly Column<Holder>[] = [
  { name: "Who", width: 40, cell: (holder) => <SubjectText subject={subjectOf(holder.subject)} /> },
  {
    name: "Through what",
    cell: (holder) => (
      <ul>
        {holder.because.map((reason) => (
          <li key={reason} className="qd-break">
            {reason}
          </li>
        ))}
      </ul>
    ),
  },
];

/** Of the names of accounts, those of service accounts alone have a slash. */
function subjectOf(name: string): string {
  return name.includes("/") ? `service-account:${name}` : `user:${name}`;
}

/** Everybody who may do it there. */
export function HoldersCard({ question }: { question: Question }) {
  const [page, setPage] = useState(1);
  const query = useHolders(question, { limit: PER_PAGE, offset: (page - 1) * PER_PAGE });
  const isAsked = question.operation !== "" && question.place !== "";
  const count = query.data?.count ?? 0;
  return (
    <Card>
      <CardHeader>
        <CardTitle component="h2">
          {query.data ? `${plural(count, "account")} may do it there` : "Who may do it there"}
        </CardTitle>
      </CardHeader>
      <CardBody>
        <ProblemAlert error={query.error} title="The question could not be answered" />
        {!isAsked && (
          <Content component="p">
            Choose an operation and a place, to see everybody who may do it there and through which grant:
            administrators are named, too.
          </Content>
        )}
        {isAsked && count === 0 && query.data && <Content component="p">Nobody.</Content>}
        {isAsked && !query.error && (query.isPending || count > 0) && (
          <DataTable
            label="who can"
            columns={HOLDER_COLUMNS}
            rows={query.data?.results}
            rowKey={(holder) => holder.subject}
          />
        )}
        {count > PER_PAGE && <Pages count={count} page={page} onPage={setPage} />}
      </CardBody>
    </Card>
  );
}

/** Where somebody's rights begin, and what they are from there down. */
export function HeldCard({ subject }: { subject: string }) {
  const [page, setPage] = useState(1);
  const query = useHeld(subject, { limit: PER_PAGE, offset: (page - 1) * PER_PAGE });
  const name = splitSubject(subject)[1];
  const count = query.data?.count ?? 0;
  return (
    <Card>
      <CardHeader>
        <CardTitle component="h2">{name ? `What ${name} can do` : "What somebody can do"}</CardTitle>
      </CardHeader>
      <CardBody>
        <ProblemAlert error={query.error} title="The question could not be answered" />
        {!name && <Content component="p">Choose somebody, to see where the rights begin and what they are.</Content>}
        {name && query.isLoading && <Skeleton height="8rem" screenreaderText="Asking" />}
        {name && query.data && count === 0 && (
          <Content component="p">Nothing: no grant reaches this account, or it is deactivated.</Content>
        )}
        {count > 0 && (
          <Content component="p" className="qd-subtle">
            Each place is where rights begin or grow; they hold for everything below it.
          </Content>
        )}
        {query.data?.results.map((held) => (
          <Place key={held.collection} held={held} isOpen={count === 1} />
        ))}
        {count > PER_PAGE && <Pages count={count} page={page} onPage={setPage} />}
      </CardBody>
    </Card>
  );
}

function Place({ held, isOpen: isOpenAtFirst }: { held: Held; isOpen: boolean }) {
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  return (
    <ExpandableSection
      toggleContent={
        <span className="qd-break">
          {held.collection} <span className="qd-subtle">({plural(held.operations.length, "operation")})</span>
        </span>
      }
      isExpanded={isOpen}
      onToggle={(_, isExpanded) => setOpen(isExpanded)}
      isIndented
    >
      <LabelGroup numLabels={1000} aria-label={`Operations on ${held.collection}`}>
        {held.operations.map((operation) => (
          <Label key={operation} isCompact variant="outline" textMaxWidth="none">
            {operation}
          </Label>
        ))}
      </LabelGroup>
    </ExpandableSection>
  );
}

function Pages({ count, page, onPage }: { count: number; page: number; onPage: (page: number) => void }) {
  return (
    <Pagination
      itemCount={count}
      page={page}
      perPage={PER_PAGE}
      onSetPage={(_, number) => onPage(number)}
      perPageOptions={[]}
      isCompact
    />
  );
}
