import {
  Button,
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
  TextInputGroupUtilities,
} from "@patternfly/react-core";
import TimesIcon from "@patternfly/react-icons/dist/esm/icons/times-icon";
import { useEffect, useEffectEvent, useId, useState, type KeyboardEvent } from "react";
import { fieldSentence } from "@/lib/sentence";

export interface Option {
  value: string;
  /** Shown below the value, and found by what is typed, too. */
  description?: string;
}

interface ComboboxProps {
  id: string;
  label: string;
  options: readonly Option[];
  value: string;
  onChange: (value: string) => void;
  /** Called with what is typed, a moment after typing stops, where the server searches. */
  onSearch?: (text: string) => void;
  /** Whether the server is searching: what is not offered yet may be there. */
  isSearching?: boolean;
  placeholder?: string;
  isRequired?: boolean;
  isDisabled?: boolean;
  isInvalid?: boolean;
  /** Of the text that explains the field. */
  noteId?: string;
  autoFocus?: boolean;
  /** Whether the values are as wide as the field, and broken into lines; else they may be wider. */
  isNarrow?: boolean;
}

interface Props extends Omit<ComboboxProps, "id" | "isInvalid" | "noteId"> {
  help?: string;
  error?: string;
}

const SHOWN = 100;
const SEARCH_DELAY_MILLISECONDS = 200;

/** A labelled field of a form that offers values while one types. */
export function Choice({ help, error, ...field }: Props) {
  const id = useId();
  const note = error ? fieldSentence(field.label, error) : help;
  return (
    <FormGroup label={field.label} fieldId={id} isRequired={field.isRequired}>
      <Combobox id={id} noteId={note ? `${id}-note` : undefined} isInvalid={Boolean(error)} isNarrow {...field} />
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

/**
 * Offers values while one types: the ARIA combobox pattern, arrow keys, Enter, Escape. In a dialog the values belong to
 * the dialog, because everything outside of it is hidden from assistive technology.
 */
export function Combobox({ id, label, options, value, onChange, onSearch, placeholder, ...props }: ComboboxProps) {
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const [searched, setSearched] = useState("");
  // What the server has found is looked through again: while its answer is on the way, the options are still the last ones.
  const text = (typed ?? "").trim();
  const needle = text.toLowerCase();
  const isSearching = onSearch !== undefined && (props.isSearching || text !== searched);
  const shown = options.filter((option) => textOf(option).includes(needle)).slice(0, SHOWN);
  const activeIndex = Math.min(active, shown.length - 1);
  const activeOption = shown[activeIndex];
  const search = useEffectEvent(() => {
    setSearched(text);
    onSearch?.(text);
  });
  useEffect(() => {
    const timer = window.setTimeout(search, SEARCH_DELAY_MILLISECONDS);
    return () => window.clearTimeout(timer);
  }, [text]);

  // By the browser's own event, as dialogs listen: Escape closes the values, and the dialog only when they are closed.
  useEffect(() => {
    const field = document.getElementById(id)?.closest(".pf-v6-c-menu-toggle");
    if (!isOpen || !field) return;
    const close = (event: Event) => {
      if ((event as globalThis.KeyboardEvent).key !== "Escape") return;
      event.stopPropagation();
      setOpen(false);
    };
    field.addEventListener("keydown", close);
    return () => field.removeEventListener("keydown", close);
  }, [id, isOpen]);

  const choose = (option: string) => {
    onChange(option);
    setTyped(null);
    setOpen(false);
  };
  const type = (next: string) => {
    setTyped(next);
    setActive(0);
    setOpen(true);
    if (value) onChange("");
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
    } else if (event.key === "Tab") {
      setOpen(false);
    }
  };
  return (
    <Select
      isOpen={isOpen}
      onOpenChange={setOpen}
      onSelect={(_, option) => choose(String(option))}
      selected={value}
      variant="typeahead"
      maxMenuHeight="16rem"
      isScrollable
      popperProps={{
        minWidth: "trigger",
        maxWidth: props.isNarrow ? "trigger" : "min(36rem, 90vw)",
        appendTo: () => document.getElementById(id)?.closest<HTMLElement>("[role=dialog]") ?? document.body,
      }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant="typeahead"
          isFullWidth
          aria-label={`Show choices for ${label}`}
          status={props.isInvalid ? "danger" : undefined}
          isExpanded={isOpen}
          isDisabled={props.isDisabled}
          onClick={() => setOpen(!isOpen)}
        >
          <TextInputGroup isPlain isDisabled={props.isDisabled}>
            <TextInputGroupMain
              inputId={id}
              aria-label={label}
              value={typed ?? value}
              onChange={(_, next) => type(next)}
              onClick={() => setOpen(true)}
              onKeyDown={onKeyDown}
              autoComplete="off"
              placeholder={placeholder}
              role="combobox"
              isExpanded={isOpen}
              aria-controls={`${id}-list`}
              aria-activedescendant={isOpen && activeOption ? `${id}-${activeIndex}` : undefined}
              inputProps={{
                autoFocus: props.autoFocus,
                "aria-describedby": props.noteId,
                spellCheck: false,
                title: value || undefined,
              }}
            />
            {!props.isRequired && (typed ?? value) !== "" && (
              <TextInputGroupUtilities>
                <Button variant="plain" aria-label={`Clear ${label}`} icon={<TimesIcon />} onClick={() => choose("")} />
              </TextInputGroupUtilities>
            )}
          </TextInputGroup>
        </MenuToggle>
      )}
    >
      <SelectList className="qd-break" id={`${id}-list`} aria-label={label}>
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
        {shown.length === 0 && (
          <SelectOption isDisabled>{isSearching ? "Searching…" : "Nothing of that name"}</SelectOption>
        )}
      </SelectList>
    </Select>
  );
}

function textOf({ value, description = "" }: Option): string {
  return `${value} ${description}`.toLowerCase();
}
