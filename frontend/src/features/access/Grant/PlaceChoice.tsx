import { Content, FormGroup, Radio } from "@patternfly/react-core";
import { useId, useState } from "react";
import { CollectionChoice } from "@/features/access/Collection/CollectionChoice";
import { inRegistry, isInRegistry, repositoriesOf, type Place } from "@/features/access/Grant/place";
import { TextField } from "@/ui/TextField";

interface Props {
  value: Place;
  onChange: (place: Place) => void;
  error?: string;
}

/** A collection, or repositories of the registry. */
export function PlaceChoice({ value, onChange, error }: Props) {
  const id = useId();
  const [isRegistry, setRegistry] = useState(isInRegistry(value));
  const choose = (registry: boolean) => {
    setRegistry(registry);
    onChange("");
  };
  return (
    <>
      <FormGroup role="radiogroup" label="On" isInline fieldId={id}>
        <Radio
          id={`${id}-collection`}
          name={id}
          label="A collection"
          isChecked={!isRegistry}
          onChange={() => choose(false)}
        />
        <Radio
          id={`${id}-registry`}
          name={id}
          label="The registry"
          isChecked={isRegistry}
          onChange={() => choose(true)}
        />
      </FormGroup>
      {isRegistry ? (
        <RepositoriesField value={value} onChange={onChange} error={error} />
      ) : (
        <>
          <CollectionChoice value={value} onChange={onChange} error={error} isRequired />
          <Content component="p" className="qd-subtle">
            The grant covers this collection and everything below it, also what is made there later.
            {value === "/" && " The root is the whole system."}
          </Content>
        </>
      )}
    </>
  );
}

/** All repositories of a namespace, or one. */
export function RepositoriesField({ value, onChange, error }: Props) {
  return (
    <TextField
      label="Repositories"
      value={repositoriesOf(value)}
      onChange={(text) => onChange(inRegistry(text))}
      placeholder="acme/*"
      help="acme/* for all of an organisation or a user, acme/web for one. It need not be there yet."
      error={error}
      isRequired
    />
  );
}
