import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from "@patternfly/react-core";
import { useId } from "react";
import { fieldSentence } from "@/lib/sentence";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Said below the field while nothing is wrong with it. */
  help?: string;
  /** What the server, or the form, says is wrong with it. */
  error?: string;
  type?: "text" | "password" | "email" | "number" | "datetime-local" | "url";
  isRequired?: boolean;
  isDisabled?: boolean;
  autoFocus?: boolean;
  autoComplete?: string;
  placeholder?: string;
}

/** A labelled input with its help or its error, tied together for screen readers. */
export function TextField({ label, value, onChange, help, error, type = "text", ...input }: Props) {
  const id = useId();
  const note = error ? fieldSentence(label, error) : help;
  return (
    <FormGroup label={label} fieldId={id} isRequired={input.isRequired}>
      <TextInput
        id={id}
        type={type}
        value={value}
        onChange={(_, text) => onChange(text)}
        validated={error ? "error" : "default"}
        aria-describedby={note ? `${id}-note` : undefined}
        spellCheck={false}
        {...input}
      />
      {note && (
        <FormHelperText>
          <HelperText id={`${id}-note`} isLiveRegion>
            <HelperTextItem variant={error ? "error" : "default"}>{note}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}
