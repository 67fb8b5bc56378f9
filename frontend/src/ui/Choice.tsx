import {
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  MenuToggle,
  Select,
  SelectList,
  SelectOption,
  TextInputGroup,
  TextInputGroupMain,
} from "@patternfly/react-core";
import { useId, useState, type KeyboardEvent } from "react";

export interface Option {
  value: string;
  description?: string;
}

interface Props {
  label: string;
  options: readonly Option[];
  value: string;
  onChange: (value: string) => void;
  /** Called with what is typed where the server searches; otherwise the options are filtered here. */
  onSearch?: (text: string) => void;
  help?: string;
  error?: string;
  isRequired?: boolean;
  isDisabled?: boolean;
  placeholder?: string;
}

const SHOWN = 100;

/**
 * A field that offers values while one types: the ARIA combobox pattern, arrow keys, Enter, Escape. In a dialog the values
 * belong to the dialog, because everything outside of it is hidden from assistive technology.
 */
export function Choice({ label, options, value, onChange, onSearch, help, error, placeholder, ...props }: Props) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const needle = (typed ?? "").toLowerCase();
  const shown = options.filter((option) => option.value.toLowerCase().includes(needle)).slice(0, SHOWN);
  const activeIndex = Math.min(active, shown.length - 1);
  const activeOption = shown[activeIndex];

  const choose = (option: string) => {
    onChange(option);
    setTyped(null);
    setOpen(false);
  };
  const type = (text: string) => {
    setTyped(text);
    setActive(0);
    setOpen(true);
    if (value) onChange("");
    onSearch?.(text);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) return setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : shown.length - 1;
      setActive((index) => (shown.length ? (index + step) % shown.length : 0));
    } else if (event.key === "Enter" && isOpen) {
      event.preventDefault();
      if (activeOption) choose(activeOption.value);
    } else if (event.key === "Escape" && isOpen) {
      event.stopPropagation();
      setOpen(false);
    } else if (event.key === "Tab") {
      setOpen(false);
    }
  };
  const note = error || help;
  return (
    <FormGroup label={label} fieldId={id} isRequired={props.isRequired}>
      <Select
        isOpen={isOpen}
        onOpenChange={setOpen}
        onSelect={(_, option) => choose(String(option))}
        selected={value}
        variant="typeahead"
        maxMenuHeight="16rem"
        isScrollable
        popperProps={{
          appendTo: () => document.getElementById(id)?.closest<HTMLElement>("[role=dialog]") ?? document.body,
        }}
        toggle={(ref) => (
          <MenuToggle
            ref={ref}
            variant="typeahead"
            isFullWidth
            aria-label={`Show choices for ${label}`}
            status={error ? "danger" : undefined}
            isExpanded={isOpen}
            isDisabled={props.isDisabled}
            onClick={() => setOpen(!isOpen)}
          >
            <TextInputGroup isPlain isDisabled={props.isDisabled}>
              <TextInputGroupMain
                inputId={id}
                aria-label={label}
                value={typed ?? value}
                onChange={(_, text) => type(text)}
                onClick={() => setOpen(true)}
                onKeyDown={onKeyDown}
                autoComplete="off"
                placeholder={placeholder}
                role="combobox"
                isExpanded={isOpen}
                aria-controls={`${id}-list`}
                aria-activedescendant={isOpen && activeOption ? `${id}-${activeIndex}` : undefined}
                inputProps={{ "aria-describedby": note ? `${id}-note` : undefined, spellCheck: false }}
              />
            </TextInputGroup>
          </MenuToggle>
        )}
      >
        <SelectList id={`${id}-list`} aria-label={label}>
          {shown.map((option, index) => (
            <SelectOption
              key={option.value}
              id={`${id}-${index}`}
              value={option.value}
              description={option.description}
              isFocused={option === activeOption}
            >
              {option.value}
            </SelectOption>
          ))}
          {shown.length === 0 && <SelectOption isDisabled>Nothing of that name</SelectOption>}
        </SelectList>
      </Select>
      {note && (
        <FormHelperText>
          <HelperText id={`${id}-note`}>
            <HelperTextItem variant={error ? "error" : "default"}>{note}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}
