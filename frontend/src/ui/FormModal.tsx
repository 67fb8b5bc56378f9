import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useEffect, useId, type FormEvent, type ReactNode } from "react";
import { ProblemAlert } from "@/ui/ProblemAlert";

interface Props {
  title: string;
  description?: ReactNode;
  submit: string;
  isDanger?: boolean;
  isPending: boolean;
  isDisabled?: boolean;
  error: unknown;
  /** Fields whose errors are shown beside them, so that the alert does not repeat them. */
  shownFields?: readonly string[];
  cancel?: string;
  onSubmit: () => void;
  onClose: () => void;
  children?: ReactNode;
}

/** A question with a form, or only a confirmation: Enter submits, Escape closes, the server's refusal stays in sight. */
export function FormModal({ isPending, isDanger = false, ...props }: Props) {
  const id = useId();
  // A refusal is about a field more often than not: that is where one goes on.
  const isRefused = Boolean(props.error) && !isPending;
  useEffect(() => {
    if (isRefused) document.getElementById(id)?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [id, isRefused]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isPending && !props.isDisabled) props.onSubmit();
  };
  return (
    <Modal variant="small" isOpen onClose={props.onClose} aria-labelledby={`${id}-title`}>
      <ModalHeader
        title={props.title}
        labelId={`${id}-title`}
        description={props.description}
        titleIconVariant={isDanger ? "warning" : undefined}
      />
      <ModalBody>
        <Form id={id} onSubmit={submit} noValidate>
          <ProblemAlert error={props.error} title="This was not done" shownFields={props.shownFields} />
          {props.children}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button
          type="submit"
          form={id}
          variant={isDanger ? "danger" : "primary"}
          isLoading={isPending}
          isDisabled={isPending || props.isDisabled}
        >
          {props.submit}
        </Button>
        <Button variant="link" onClick={props.onClose}>
          {props.cancel ?? "Cancel"}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
