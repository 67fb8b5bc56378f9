import { useState } from "react";
import { asApiError } from "@/api/problem";
import { NewPasswordFields, passwordProblem } from "@/features/accounts/Session/NewPasswordFields";
import { useSetPassword } from "@/features/accounts/Session/queries";
import { FormModal } from "@/ui/FormModal";
import { useToasts } from "@/ui/Toasts";

/** An administrator sets somebody's password without knowing the old one. */
export function ResetPasswordModal({ username, onClose }: { username: string; onClose: () => void }) {
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const setter = useSetPassword(username);
  const toasts = useToasts();
  const submit = () =>
    setter.mutate(
      { new_password: password },
      {
        onSuccess: () => {
          toasts.success(`The password of ${username} was set`);
          onClose();
        },
      },
    );
  return (
    <FormModal
      title={`Reset the password of ${username}`}
      description="The user's sessions end. Client bundles keep working; deactivate the user to stop them."
      submit="Set password"
      isPending={setter.isPending}
      isDisabled={!password || passwordProblem(password, again) !== ""}
      error={setter.error}
      shownFields={["new_password"]}
      onSubmit={submit}
      onClose={onClose}
    >
      <NewPasswordFields
        password={password}
        again={again}
        onPassword={setPassword}
        onAgain={setAgain}
        error={setter.error ? asApiError(setter.error).field("new_password") : undefined}
      />
    </FormModal>
  );
}
