import { Content, SearchInput, Toolbar, ToolbarContent, ToolbarItem } from "@patternfly/react-core";
import CheckIcon from "@patternfly/react-icons/dist/esm/icons/check-icon";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { Fragment, useState } from "react";
import type { Operation, Role } from "@/api/types";

/** Every role beside every other, operation by operation. */
export function Comparison({ roles, operations }: { roles: readonly Role[]; operations: readonly Operation[] }) {
  const [search, setSearch] = useState("");
  const needle = search.trim().toLowerCase();
  const shown = operations.filter(({ name }) => name.toLowerCase().includes(needle));
  return (
    <>
      <Toolbar>
        <ToolbarContent>
          <ToolbarItem>
            <SearchInput
              aria-label="Find an operation"
              placeholder="Find an operation"
              value={search}
              onChange={(_, text) => setSearch(text)}
              onClear={() => setSearch("")}
            />
          </ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by the keyboard */}
      <div className="qd-scroll-x" role="region" aria-label="Operations of each role" tabIndex={0}>
        <Matrix roles={roles} operations={shown} />
        {shown.length === 0 && <Content component="p">No operation is called like this.</Content>}
      </div>
    </>
  );
}

function Matrix({ roles, operations }: { roles: readonly Role[]; operations: readonly Operation[] }) {
  const groups = [...new Set(operations.map(({ group }) => group))];
  return (
    <Table role="table" aria-label="Operations of each role" variant="compact" isStickyHeader className="qd-matrix">
      <Thead>
        <Tr>
          <Th>Operation</Th>
          {roles.map((role) => (
            <Th key={role.id} modifier="wrap" info={role.description ? { tooltip: role.description } : undefined}>
              <span className="qd-matrix-role" title={role.name}>
                {role.name}
              </span>
            </Th>
          ))}
        </Tr>
      </Thead>
      <Tbody>
        {groups.map((group) => (
          <Fragment key={group}>
            <Tr className="qd-matrix-group">
              <Th scope="colgroup" colSpan={roles.length + 1}>
                {group}
              </Th>
            </Tr>
            {operations
              .filter((operation) => operation.group === group)
              .map((operation) => (
                <Tr key={operation.name}>
                  <Th scope="row" modifier="nowrap">
                    <span title={operation.description}>{operation.name}</span>
                  </Th>
                  {roles.map((role) => (
                    <Cell key={role.id} role={role} operation={operation} />
                  ))}
                </Tr>
              ))}
          </Fragment>
        ))}
      </Tbody>
    </Table>
  );
}

function Cell({ role, operation }: { role: Role; operation: Operation }) {
  const options = role.operations[operation.name];
  if (!options) return <Td dataLabel={role.name} />;
  const isAll = options.length === operation.options.length;
  const text = isAll
    ? "all options"
    : options.length === 0
      ? "no option"
      : `${options.length} of ${operation.options.length} options`;
  return (
    <Td dataLabel={role.name}>
      <span title={options.join(", ")} className="qd-nowrap">
        <CheckIcon className="qd-good" aria-label="allowed" role="img" />
        {operation.options.length > 0 && <small className="qd-subtle"> ({text})</small>}
      </span>
    </Td>
  );
}
