import {
  Checkbox,
  Content,
  Label,
  SearchInput,
  Skeleton,
  Switch,
  Toolbar,
  ToolbarContent,
  ToolbarItem,
} from "@patternfly/react-core";
import CheckIcon from "@patternfly/react-icons/dist/esm/icons/check-icon";
import { useId, useState } from "react";
import type { Operation } from "@/api/types";
import { useOperations } from "@/features/access/Role/queries";
import { toggleOperation, toggleOption, type Operations } from "@/lib/operations";
import { ProblemAlert } from "@/ui/ProblemAlert";

interface Props {
  value: Operations;
  /** Absent where the role is only shown. */
  onChange?: (value: Operations) => void;
}

/** The whole catalogue by group, each operation with the options that gate what is dangerous. */
export function OperationMatrix({ value, onChange }: Props) {
  const catalogue = useOperations();
  const [search, setSearch] = useState("");
  const [isHeldOnly, setHeldOnly] = useState(!onChange && Object.keys(value).length > 0);
  const needle = search.trim().toLowerCase();
  const operations = catalogue.data ?? [];
  const shown = operations.filter(
    (operation) => matches(operation, needle) && (!isHeldOnly || value[operation.name] !== undefined),
  );
  const groups = [...new Set(shown.map(({ group }) => group))];
  return (
    <>
      <ProblemAlert error={catalogue.error} title="The catalogue of operations could not be read" />
      <Toolbar>
        <ToolbarContent alignItems="center">
          <ToolbarItem>
            <SearchInput
              aria-label="Find an operation or option"
              placeholder="Find an operation or option"
              value={search}
              onChange={(_, text) => setSearch(text)}
              onClear={() => setSearch("")}
            />
          </ToolbarItem>
          <ToolbarItem>
            <Switch
              label="Only what it holds"
              isChecked={isHeldOnly}
              onChange={(_, isChecked) => setHeldOnly(isChecked)}
            />
          </ToolbarItem>
          <ToolbarItem aria-live="polite" className="qd-subtle">
            {Object.keys(value).length} of {operations.length} operations
          </ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      {catalogue.isPending && <Skeleton height="20rem" screenreaderText="Loading the operations" />}
      <div className="qd-operation-groups qd-choices">
        {groups.map((group) => (
          <Group
            key={group}
            name={group}
            operations={shown.filter((operation) => operation.group === group)}
            isHeldOnly={isHeldOnly}
            value={value}
            onChange={onChange}
          />
        ))}
      </div>
      {catalogue.data && shown.length === 0 && (
        <Content component="p">
          {needle ? "No operation or option is called like this." : "It holds no operation yet."}
        </Content>
      )}
    </>
  );
}

function Group(props: Props & { name: string; operations: readonly Operation[]; isHeldOnly: boolean }) {
  const { name, operations, isHeldOnly, value, onChange } = props;
  const id = useId();
  const heldCount = operations.filter((operation) => value[operation.name] !== undefined).length;
  const isAll = heldCount === operations.length;
  const toggleAll = (isHeld: boolean) =>
    onChange?.(operations.reduce((held, operation) => toggleOperation(held, operation.name, isHeld), value));
  return (
    <section aria-labelledby={`${id}-title`} className="qd-operation-group">
      <h3 id={`${id}-title`} className="qd-operation-title">
        {onChange ? (
          <Checkbox
            id={`${id}-all`}
            label={name}
            aria-label={`Every operation of the group ${name} that is shown`}
            isChecked={isAll ? true : heldCount > 0 ? null : false}
            onChange={(_, isChecked) => toggleAll(isChecked)}
          />
        ) : (
          name
        )}
        <small className="qd-subtle">
          {heldCount} of {operations.length}
        </small>
      </h3>
      {operations.map((operation) => (
        <OperationRow
          key={operation.name}
          operation={operation}
          isHeldOnly={isHeldOnly}
          value={value}
          onChange={onChange}
        />
      ))}
    </section>
  );
}

function OperationRow(props: Props & { operation: Operation; isHeldOnly: boolean }) {
  const { operation, isHeldOnly, value, onChange } = props;
  const id = useId();
  const held = value[operation.name];
  const options = operation.options.filter(({ name }) => !isHeldOnly || held?.includes(name));
  return (
    <div className="qd-operation">
      <Tick
        id={id}
        name={operation.name}
        description={operation.description}
        isHeld={held !== undefined}
        onToggle={onChange && ((isHeld) => onChange(toggleOperation(value, operation.name, isHeld)))}
      />
      {operation.waits_for && (
        <Label isCompact variant="outline" className="qd-waits">
          waits for {operation.waits_for}
        </Label>
      )}
      {options.length > 0 && (
        <div role="group" aria-label={`Options of ${operation.name}`} className="qd-options">
          {options.map((option) => (
            <Tick
              key={option.name}
              id={`${id}-${option.name}`}
              name={option.name}
              description={option.description}
              isHeld={held?.includes(option.name) ?? false}
              onToggle={onChange && ((isHeld) => onChange(toggleOption(value, operation.name, option.name, isHeld)))}
            />
          ))}
        </div>
      )}
    </div>
  );
}

function Tick(props: {
  id: string;
  name: string;
  description: string;
  isHeld: boolean;
  onToggle?: (isHeld: boolean) => void;
}) {
  if (props.onToggle) {
    return (
      <Checkbox
        id={props.id}
        label={props.name}
        description={props.description}
        isChecked={props.isHeld}
        onChange={(_, isChecked) => props.onToggle?.(isChecked)}
      />
    );
  }
  return (
    <div className={props.isHeld ? "qd-tick" : "qd-tick qd-subtle"}>
      <span className="qd-tick-mark">
        {props.isHeld ? (
          <CheckIcon className="qd-good" aria-label="allowed" role="img" />
        ) : (
          <span aria-label="not allowed" role="img">
            –
          </span>
        )}
      </span>
      <span>
        {props.name}
        {props.description && <small className="qd-subtle qd-tick-text">{props.description}</small>}
      </span>
    </div>
  );
}

function matches(operation: Operation, needle: string): boolean {
  return [operation.name, ...operation.options.map(({ name }) => name)].some((name) =>
    name.toLowerCase().includes(needle),
  );
}
