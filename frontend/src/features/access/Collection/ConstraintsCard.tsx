import {
  Button,
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  Content,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  TextInput,
} from "@patternfly/react-core";
import { useId, useState } from "react";
import { asApiError } from "@/api/problem";
import type { CollectionDetail, LabelConstraint } from "@/api/types";
import { useUpdateCollection } from "@/features/access/Collection/queries";
import { Clip } from "@/ui/Clip";
import { FormModal } from "@/ui/FormModal";
import { useToasts } from "@/ui/Toasts";

const TYPES: readonly [LabelConstraint["type"], string][] = [
  ["label", "workload"],
  ["node", "node"],
  ["engine", "engine"],
];

/** What every workload created in the collection must carry; those of the collections above hold, too. */
export function ConstraintsCard({ collection }: { collection: CollectionDetail }) {
  const [isEditing, setEditing] = useState(false);
  const own = collection.label_constraints.map((constraint) => ({ constraint, origin: "" }));
  const inherited = collection.inherited_label_constraints.map((constraint) => ({
    constraint,
    origin: constraint.collection,
  }));
  const all = [...own, ...inherited];
  return (
    <Card>
      <CardHeader
        actions={{
          actions: collection.capabilities.update ? (
            <Button variant="secondary" onClick={() => setEditing(true)}>
              Edit
            </Button>
          ) : null,
          hasNoOffset: true,
        }}
      >
        <CardTitle component="h2">Labels that workloads must carry</CardTitle>
      </CardHeader>
      <CardBody>
        {all.length === 0 ? (
          <Content component="p">
            None. A constraint makes every service and container created here, or below, carry a label, or run only on
            nodes with one.
          </Content>
        ) : (
          <ul>
            {all.map(({ constraint, origin }, index) => (
              <li key={index}>
                <Clip text={sentence(constraint)} mono /> {origin && <span className="qd-subtle">from {origin}</span>}
              </li>
            ))}
          </ul>
        )}
      </CardBody>
      {isEditing && <ConstraintsModal collection={collection} onClose={() => setEditing(false)} />}
    </Card>
  );
}

function sentence({ type, key, value, equality }: LabelConstraint): string {
  const sign = (equality ?? true) ? "==" : "!=";
  return type === "label" ? `${key}${sign}${value}` : `${type}.labels.${key}${sign}${value}`;
}

function ConstraintsModal({ collection, onClose }: { collection: CollectionDetail; onClose: () => void }) {
  const [rows, setRows] = useState<LabelConstraint[]>(
    collection.label_constraints.length > 0 ? collection.label_constraints : [blank()],
  );
  const id = useId();
  const save = useUpdateCollection(collection.id);
  const toasts = useToasts();
  const problem = save.error ? asApiError(save.error) : null;
  const change = (index: number, changes: Partial<LabelConstraint>) => {
    save.reset();
    setRows(rows.map((row, number) => (number === index ? { ...row, ...changes } : row)));
  };
  const wanted = rows.filter((row) => row.key.trim() !== "");
  // The server counts those that were sent.
  const errors = rows.map((row) => {
    const text = wanted.includes(row) ? (problem?.field(`label_constraints[${wanted.indexOf(row)}]`) ?? "") : "";
    return text.replace(/^key\b/, "Name").replace(/^value\b/, "Value");
  });
  return (
    <FormModal
      title={`Labels for ${collection.path}`}
      description="They are asked for when a workload is created. What runs already is left alone."
      submit="Save"
      isPending={save.isPending}
      error={problem}
      shownFields={wanted.map((_, index) => `label_constraints[${index}]`)}
      onSubmit={() =>
        save.mutate(
          { label_constraints: wanted.map((row) => ({ ...row, key: row.key.trim(), value: row.value.trim() })) },
          {
            onSuccess: () => {
              toasts.success(`The labels for ${collection.path} were saved`);
              onClose();
            },
          },
        )
      }
      onClose={onClose}
    >
      {rows.map((row, index) => (
        <fieldset key={index} className="qd-constraint">
          <legend className="pf-v6-screen-reader">Constraint {index + 1}</legend>
          <FormSelect
            aria-label="What has the label"
            value={row.type}
            onChange={(_, type) => change(index, { type: type as LabelConstraint["type"] })}
          >
            {TYPES.map(([type, label]) => (
              <FormSelectOption key={type} value={type} label={label} />
            ))}
          </FormSelect>
          <TextInput
            aria-label="Name of the label"
            placeholder="name"
            value={row.key}
            validated={errors[index]?.startsWith("Name") ? "error" : "default"}
            aria-describedby={errors[index] ? `${id}-${index}` : undefined}
            onChange={(_, key) => change(index, { key })}
          />
          <FormSelect
            aria-label="How it compares"
            value={(row.equality ?? true) ? "==" : "!="}
            onChange={(_, sign) => change(index, { equality: sign === "==" })}
          >
            <FormSelectOption value="==" label="is" />
            <FormSelectOption value="!=" label="is not" />
          </FormSelect>
          <TextInput
            aria-label="Value of the label"
            placeholder="value"
            value={row.value}
            validated={errors[index]?.startsWith("Value") ? "error" : "default"}
            aria-describedby={errors[index] ? `${id}-${index}` : undefined}
            onChange={(_, value) => change(index, { value })}
          />
          {errors[index] && (
            <HelperText id={`${id}-${index}`} isLiveRegion className="qd-whole-row">
              <HelperTextItem variant="error">{errors[index]}</HelperTextItem>
            </HelperText>
          )}
          <Button
            variant="link"
            className="qd-start"
            isInline
            isDanger
            aria-label={`Remove constraint ${index + 1}`}
            onClick={() => {
              save.reset();
              setRows(rows.filter((_, number) => number !== index));
            }}
          >
            Remove
          </Button>
        </fieldset>
      ))}
      <div>
        <Button variant="link" isInline onClick={() => setRows([...rows, blank()])}>
          Add a constraint
        </Button>
      </div>
    </FormModal>
  );
}

function blank(): LabelConstraint {
  return { type: "label", key: "", value: "", equality: true };
}
