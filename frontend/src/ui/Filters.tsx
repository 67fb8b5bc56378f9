import { FormSelect, FormSelectOption, TextInput, ToolbarItem } from "@patternfly/react-core";
import { useEffect, useEffectEvent, useId, useState } from "react";
import { Combobox, type Option } from "@/ui/Choice";

/** A filter in a toolbar that takes any text, sent a moment after typing stops. */
export function FilterText({
  label,
  value,
  onChange,
  type = "text",
  placeholder,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  type?: "text" | "date";
  placeholder?: string;
}) {
  const id = useId();
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value);
    setText(value);
  }
  const report = useEffectEvent(onChange);
  useEffect(() => {
    if (text === value) return;
    const timer = window.setTimeout(() => report(text.trim()), 300);
    return () => window.clearTimeout(timer);
  }, [text, value]);
  return (
    <ToolbarItem>
      <label className="qd-filter-label" htmlFor={id}>
        {label}
      </label>
      <TextInput
        id={id}
        type={type}
        value={text}
        placeholder={placeholder}
        onChange={(_, next) => setText(next)}
        className="qd-filter"
      />
    </ToolbarItem>
  );
}

/** A filter in a toolbar with a few known values. */
export function FilterSelect({
  label,
  options,
  value,
  onChange,
}: {
  label: string;
  options: readonly string[];
  value: string;
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <ToolbarItem>
      <label className="qd-filter-label" htmlFor={id}>
        {label}
      </label>
      <FormSelect id={id} value={value} onChange={(_, next) => onChange(next)} className="qd-filter">
        <FormSelectOption value="" label="any" />
        {options.map((option) => (
          <FormSelectOption key={option} value={option} label={option} />
        ))}
      </FormSelect>
    </ToolbarItem>
  );
}

/** A filter in a toolbar that offers values while one types. */
export function FilterChoice({
  label,
  ...field
}: {
  label: string;
  options: readonly Option[];
  value: string;
  onChange: (value: string) => void;
  onSearch?: (text: string) => void;
  isSearching?: boolean;
  placeholder?: string;
}) {
  const id = useId();
  return (
    <ToolbarItem>
      <label className="qd-filter-label" htmlFor={id}>
        {label}
      </label>
      <div className="qd-filter-choice">
        <Combobox id={id} label={label} {...field} />
      </div>
    </ToolbarItem>
  );
}
