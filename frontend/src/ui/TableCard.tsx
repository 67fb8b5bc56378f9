import {
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  Content,
  Pagination,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Page } from "@/api/types";
import { DataTable, DebouncedSearch, type Column } from "@/ui/ListPageBody";
import { ProblemAlert } from "@/ui/ProblemAlert";
import type { Paging } from "@/ui/usePaging";

interface Props<T> {
  title: ReactNode;
  /** What is listed, in the plural: "members". */
  label: string;
  actions?: ReactNode;
  /** Said above the list, whatever is in it. */
  intro?: ReactNode;
  query: UseQueryResult<Page<T>>;
  paging: Paging;
  /** Shown in the search field, which is there once the list has more than one page. */
  searchHint?: string;
  columns: readonly Column<T>[];
  rowKey: (row: T) => string;
  rowActions?: (row: T) => ReactNode;
  actionsWidth?: string;
  /** Said where there is none: what it is for, and how the first one comes to be. */
  empty: ReactNode;
  /** Dialogs of the rows. */
  children?: ReactNode;
}

/** A list that is a part of a page, in a card; short ones without search and pages. */
export function TableCard<T>({ query, paging, ...props }: Props<T>) {
  const count = query.data?.count ?? 0;
  const isLong = count > paging.perPage || paging.search !== "";
  return (
    <Card>
      <CardHeader actions={{ actions: props.actions, hasNoOffset: true }}>
        <CardTitle component="h2">{props.title}</CardTitle>
      </CardHeader>
      <CardBody>
        {props.intro && <Content component="p">{props.intro}</Content>}
        <ProblemAlert error={query.error} title={`The ${props.label} could not be read`} />
        {isLong && <TableToolbar label={props.label} hint={props.searchHint} count={count} paging={paging} />}
        {(query.isPending || count > 0) && !query.error && (
          <DataTable
            label={props.label}
            columns={props.columns}
            rows={query.data?.results}
            rowKey={props.rowKey}
            rowActions={props.rowActions}
            actionsWidth={props.actionsWidth}
          />
        )}
        {query.data?.count === 0 &&
          (paging.search ? (
            <Content component="p">No entry fits this search.</Content>
          ) : (
            <Content component="p">{props.empty}</Content>
          ))}
      </CardBody>
      {props.children}
    </Card>
  );
}

function TableToolbar(props: { label: string; hint?: string; count: number; paging: Paging }) {
  const { label, hint, count, paging } = props;
  return (
    <Toolbar>
      <ToolbarContent>
        {hint && (
          <ToolbarItem>
            <DebouncedSearch hint={hint} value={paging.search} onChange={paging.setSearch} />
          </ToolbarItem>
        )}
        <ToolbarGroup align={{ default: "alignEnd" }}>
          <ToolbarItem alignSelf="center" className="qd-subtle" aria-live="polite">
            {rangeOf(paging, count)}
          </ToolbarItem>
          <ToolbarItem variant="pagination">
            <Pagination
              titles={{ paginationAriaLabel: `Pages of ${label}` }}
              itemCount={count}
              page={paging.page}
              perPage={paging.perPage}
              onSetPage={(_, page) => paging.setPage(page)}
              perPageOptions={[]}
              isCompact
            />
          </ToolbarItem>
        </ToolbarGroup>
      </ToolbarContent>
    </Toolbar>
  );
}

/** "51–100 of 1,234". */
function rangeOf({ page, perPage }: Paging, count: number): string {
  const [first, last, all] = [(page - 1) * perPage + 1, Math.min(page * perPage, count), count].map((number) =>
    number.toLocaleString("en-GB"),
  );
  return count === 0 ? "" : `${first}–${last} of ${all}`;
}
