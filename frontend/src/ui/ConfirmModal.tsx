import { Content } from "@patternfly/react-core";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { FormModal } from "@/ui/FormModal";
import { useToasts } from "@/ui/Toasts";

interface Props {
  title: string;
  /** The verb on the button, for instance "Delete user". */
  submit: string;
  /** What will be gone or changed, in a sentence or two. */
  children: ReactNode;
  action: () => Promise<unknown>;
  /** Said after it worked. */
  done: string;
  onDone?: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be undone, does it, and says so. */
export function ConfirmModal({ title, submit, children, action, done, onDone, onClose }: Props) {
  const toasts = useToasts();
  const mutation = useMutation({
    mutationFn: action,
    onSuccess: () => {
      toasts.success(done);
      onClose();
      onDone?.();
    },
  });
  return (
    <FormModal
      title={title}
      submit={submit}
      isDanger
      isPending={mutation.isPending}
      error={mutation.error}
      onSubmit={() => mutation.mutate()}
      onClose={onClose}
    >
      <Content>{children}</Content>
    </FormModal>
  );
}
