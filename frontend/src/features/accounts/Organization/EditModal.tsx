import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { asApiError } from "@/api/problem";
import { FormModal } from "@/ui/FormModal";
import { TextField } from "@/ui/TextField";
import { useToasts } from "@/ui/Toasts";

interface Props {
  /** What is edited, for the title: "acme", "acme/payments". */
  title: string;
  name: string;
  text: string;
  /** The field of the API that `text` is, and what people call it. */
  textField: "full_name" | "description";
  textLabel: string;
  /** What follows from another name. */
  note: string;
  save: (changes: { name?: string; full_name?: string; description?: string }) => Promise<{ name: string }>;
  onSaved: (name: string) => void;
  onClose: () => void;
}

/** Another name or text for an organisation or a team. */
export function EditModal(props: Props) {
  const [name, setName] = useState(props.name);
  const [text, setText] = useState(props.text);
  const toasts = useToasts();
  const isRenamed = name.trim() !== props.name;
  const save = useMutation({
    mutationFn: () =>
      props.save({
        ...(isRenamed && { name: name.trim() }),
        ...(text.trim() !== props.text && { [props.textField]: text.trim() }),
      }),
    onSuccess: (saved) => {
      toasts.success(`${props.title} was changed`);
      props.onClose();
      props.onSaved(saved.name);
    },
  });
  const problem = save.error ? asApiError(save.error) : null;
  return (
    <FormModal
      title={`Edit ${props.title}`}
      submit="Save"
      isPending={save.isPending}
      isDisabled={!name.trim() || (!isRenamed && text.trim() === props.text)}
      error={problem}
      shownFields={["name", props.textField]}
      onSubmit={() => save.mutate()}
      onClose={props.onClose}
    >
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        help={isRenamed ? props.note : undefined}
        error={problem?.field("name")}
        isRequired
        autoFocus
      />
      <TextField label={props.textLabel} value={text} onChange={setText} error={problem?.field(props.textField)} />
    </FormModal>
  );
}
