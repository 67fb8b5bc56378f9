import {
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  PageSection,
  Pagination,
  SearchInput,
  Skeleton,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import SearchIcon from "@patternfly/react-icons/dist/esm/icons/search-icon";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import type { UseQueryResult } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState, type ComponentType, type ReactNode } from "react";
import type { Page } from "@/api/types";
import { ProblemAlert } from "@/ui/ProblemAlert";
import type { ListParams } from "@/ui/useListParams";

export interface Column<T> {
  name: string;
  cell: (row: T) => ReactNode;
  /** The column's share, in percent; what is left is divided among those without one. */
  width?: 10 | 15 | 20 | 25 | 30 | 35 | 40 | 45 | 50;
}

export interface Empty {
  icon: ComponentType;
  title: string;
  /** What this kind of thing is for, and how the first one comes to be. */
  body: ReactNode;
  action?: ReactNode;
}

interface Props<T> {
  label: string;
  query: UseQueryResult<Page<T>>;
  columns: readonly Column<T>[];
  rowKey: (row: T) => string;
  rowActions?: (row: T) => ReactNode;
  /** How wide the column of actions is; a menu's width unless told. */
  actionsWidth?: string;
  empty: Empty;
  params: Pick<ListParams<never>, "search" | "page" | "perPage" | "isFiltered" | "clear"> & {
    set: (changes: { search?: string; page?: number; perPage?: number }) => void;
  };
  /** Shown in the search field; without it the list has none. */
  searchHint?: string;
  filters?: ReactNode;
  actions?: ReactNode;
}

/** The body of every list page: toolbar, table, and what stands there while loading, when empty and when refused. */
export function ListPageBody<T>({ query, params, empty, ...props }: Props<T>) {
  const page = query.data;
  const isBlank = page?.count === 0 && !params.isFiltered && params.page === 1;
  if (isBlank) return <BlankState empty={empty} />;
  const pagination = (
    <Pagination
      itemCount={page?.count ?? 0}
      page={params.page}
      perPage={params.perPage}
      perPageOptions={[20, 50, 100, 500].map((value) => ({ title: String(value), value }))}
      onSetPage={(_, number) => params.set({ page: number })}
      onPerPageSelect={(_, perPage) => params.set({ perPage, page: 1 })}
      isCompact
    />
  );
  return (
    <PageSection isFilled>
      <Toolbar>
        <ToolbarContent>
          {props.searchHint && (
            <ToolbarItem>
              <DebouncedSearch
                hint={props.searchHint}
                value={params.search}
                onChange={(search) => params.set({ search })}
              />
            </ToolbarItem>
          )}
          {props.filters}
          {props.actions && <ToolbarGroup variant="action-group">{props.actions}</ToolbarGroup>}
          <ToolbarItem variant="pagination" align={{ default: "alignEnd" }}>
            {pagination}
          </ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      <ProblemAlert error={query.error} title={`The list of ${props.label} could not be read`} />
      {(page || query.isPending) && (
        <DataTable
          label={props.label}
          columns={props.columns}
          rows={page?.results}
          rowKey={props.rowKey}
          rowActions={props.rowActions}
          actionsWidth={props.actionsWidth}
        />
      )}
      {page?.results.length === 0 && <NothingMatches onClear={params.clear} />}
    </PageSection>
  );
}

/** Where filters leave nothing of a list that is not empty. */
export function NothingMatches({ onClear }: { onClear: () => void }) {
  return (
    <EmptyState titleText="Nothing matches" icon={SearchIcon} headingLevel="h2" variant="sm">
      <EmptyStateBody>No entry fits this search and these filters.</EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions>
          <Button variant="link" onClick={onClear}>
            Show everything
          </Button>
        </EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  );
}

export function BlankState({ empty }: { empty: Empty }) {
  return (
    <PageSection isFilled>
      <EmptyState titleText={empty.title} icon={empty.icon} headingLevel="h2">
        <EmptyStateBody>{empty.body}</EmptyStateBody>
        {empty.action && (
          <EmptyStateFooter>
            <EmptyStateActions>{empty.action}</EmptyStateActions>
          </EmptyStateFooter>
        )}
      </EmptyState>
    </PageSection>
  );
}

/** A table of rows; skeletons while `rows` is undefined. */
export function DataTable<T>({
  label,
  columns,
  rows,
  rowKey,
  rowActions,
  rowClass,
  actionsWidth = "4.5rem",
}: {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[] | undefined;
  rowKey: (row: T) => string;
  rowActions?: (row: T) => ReactNode;
  rowClass?: (row: T) => string | undefined;
  actionsWidth?: string;
}) {
  return (
    <Table
      aria-label={label}
      variant="compact"
      gridBreakPoint="grid-lg"
      className="qd-table"
      aria-busy={rows === undefined}
    >
      <Thead>
        <Tr>
          {columns.map((column) => (
            <Th key={column.name} width={column.width} modifier="nowrap">
              {column.name}
            </Th>
          ))}
          {rowActions && <Th screenReaderText="Actions" style={{ width: actionsWidth }} />}
        </Tr>
      </Thead>
      <Tbody>
        {rows === undefined
          ? [1, 2, 3, 4].map((number) => (
              <Tr key={number}>
                {columns.map((column) => (
                  <Td key={column.name} dataLabel={column.name}>
                    <Skeleton screenreaderText="Loading" />
                  </Td>
                ))}
                {rowActions && <Td />}
              </Tr>
            ))
          : rows.map((row) => (
              <Tr key={rowKey(row)} className={rowClass?.(row)}>
                {columns.map((column) => (
                  <Td key={column.name} dataLabel={column.name}>
                    {column.cell(row)}
                  </Td>
                ))}
                {rowActions && (
                  <Td isActionCell modifier="nowrap">
                    {rowActions(row)}
                  </Td>
                )}
              </Tr>
            ))}
      </Tbody>
    </Table>
  );
}

/** Sent a moment after typing stops. */
export function DebouncedSearch({
  hint,
  value,
  onChange,
}: {
  hint: string;
  value: string;
  onChange: (value: string) => void;
}) {
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value);
    setText(value);
  }
  const report = useEffectEvent(onChange);
  useEffect(() => {
    if (text === value) return;
    const timer = window.setTimeout(() => report(text), 250);
    return () => window.clearTimeout(timer);
  }, [text, value]);
  return (
    <SearchInput
      aria-label={hint}
      placeholder={hint}
      value={text}
      onChange={(_, next) => setText(next)}
      onClear={() => onChange("")}
    />
  );
}
