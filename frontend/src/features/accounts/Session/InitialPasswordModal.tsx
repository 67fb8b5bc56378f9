import { useState } from "react";
import { useSetPassword } from "@/features/accounts/Session/queries";
import { NewPasswordFields, passwordProblem } from "@/features/accounts/Session/NewPasswordFields";
import { asApiError } from "@/api/problem";
import { FormModal } from "@/ui/FormModal";
import { TextField } from "@/ui/TextField";
import { useToasts } from "@/ui/Toasts";

const POSTPONED = "quarterdeck-password-postponed";

/**
 * Asks for an own password while the one that was made by the installation or an administrator is still in use. "Later"
 * holds for this tab, through reloads.
 */
export function InitialPasswordModal({ username }: { username: string }) {
  const [isOpen, setOpen] = useState(() => sessionStorage.getItem(POSTPONED) !== username);
  const close = () => {
    sessionStorage.setItem(POSTPONED, username);
    setOpen(false);
  };
  return isOpen ? (
    <SetPasswordModal
      username={username}
      title="Choose your own password"
      description="You signed in with a password that was made for you. Change it now; until then it keeps working."
      cancel="Later"
      onClose={close}
    />
  ) : null;
}

export function SetPasswordModal({
  username,
  title,
  description,
  cancel,
  onClose,
}: {
  username: string;
  title: string;
  description?: string;
  cancel?: string;
  onClose: () => void;
}) {
  const [old, setOld] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const setter = useSetPassword(username);
  const toasts = useToasts();
  const problem = setter.error ? asApiError(setter.error) : null;
  const submit = () =>
    setter.mutate(
      { old_password: old, new_password: password },
      {
        onSuccess: () => {
          toasts.success("Your password was changed");
          onClose();
        },
      },
    );
  return (
    <FormModal
      title={title}
      description={description}
      submit="Change password"
      cancel={cancel}
      isPending={setter.isPending}
      isDisabled={!old || !password || passwordProblem(password, again) !== ""}
      error={setter.error}
      shownFields={["old_password", "new_password"]}
      onSubmit={submit}
      onClose={onClose}
    >
      <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
      <TextField
        label="Current password"
        type="password"
        value={old}
        onChange={setOld}
        autoComplete="current-password"
        error={problem?.field("old_password")}
        isRequired
        autoFocus
      />
      <NewPasswordFields
        password={password}
        again={again}
        onPassword={setPassword}
        onAgain={setAgain}
        error={problem?.field("new_password")}
      />
    </FormModal>
  );
}
