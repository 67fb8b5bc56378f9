import { Checkbox } from "@patternfly/react-core";
import { useState } from "react";
import { asApiError } from "@/api/problem";
import type { User } from "@/api/types";
import { NewPasswordFields, passwordProblem } from "@/features/accounts/Session/NewPasswordFields";
import { useCreateUser, useUpdateUser } from "@/features/accounts/User/queries";
import { FormModal } from "@/ui/FormModal";
import { TextField } from "@/ui/TextField";
import { useToasts } from "@/ui/Toasts";

const SHOWN = ["username", "full_name", "email", "password"];

/** Creates a user, or changes the one given. */
export function UserModal(props: { user: User | null; onSaved?: (user: User) => void; onClose: () => void }) {
  const { user, onSaved, onClose } = props;
  const [username, setUsername] = useState(user?.username ?? "");
  const [fullName, setFullName] = useState(user?.full_name ?? "");
  const [email, setEmail] = useState(user?.email ?? "");
  const [isAdmin, setAdmin] = useState(user?.is_admin ?? false);
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const create = useCreateUser();
  const update = useUpdateUser(user?.username ?? "");
  const save = user ? update : create;
  const toasts = useToasts();
  const mayFlag = user?.capabilities.update_flags ?? true;

  const details = { full_name: fullName.trim(), email: email.trim(), ...(mayFlag && { is_admin: isAdmin }) };
  const done = {
    onSuccess: (saved: User) => {
      toasts.success(`${saved.username} was ${user ? "changed" : "created"}`);
      onClose();
      onSaved?.(saved);
    },
  };
  const isRenamed = user !== null && username.trim() !== user.username;
  const problem = save.error ? asApiError(save.error) : null;
  const submit = () =>
    user
      ? update.mutate({ ...details, ...(isRenamed && { username: username.trim() }) }, done)
      : create.mutate({ ...details, username: username.trim(), password }, done);
  return (
    <FormModal
      title={user ? `Edit ${user.username}` : "Create user"}
      submit={user ? "Save" : "Create user"}
      isPending={save.isPending}
      isDisabled={!username.trim() || (!user && (!password || passwordProblem(password, again) !== ""))}
      error={problem}
      shownFields={SHOWN}
      onSubmit={submit}
      onClose={onClose}
    >
      {(user?.capabilities.rename ?? true) && (
        <TextField
          label="User name"
          value={username}
          onChange={setUsername}
          help={
            isRenamed
              ? `Nobody signs in as ${user.username} any more. The private collection, grants and bundles come along.`
              : "Lower-case letters and digits, with single . _ or - between them."
          }
          error={problem?.field("username")}
          autoComplete="off"
          isRequired
          autoFocus
        />
      )}
      <TextField
        label="Full name"
        value={fullName}
        onChange={setFullName}
        error={problem?.field("full_name")}
        autoComplete="off"
      />
      <TextField
        label="Email"
        type="email"
        value={email}
        onChange={setEmail}
        error={problem?.field("email")}
        autoComplete="off"
      />
      {!user && (
        <NewPasswordFields
          password={password}
          again={again}
          onPassword={setPassword}
          onAgain={setAgain}
          error={problem?.field("password")}
        />
      )}
      {mayFlag && (
        <Checkbox
          id="is-admin"
          label="Administrator"
          description="May do everything, everywhere, without any grant."
          isChecked={isAdmin}
          onChange={(_, checked) => setAdmin(checked)}
        />
      )}
    </FormModal>
  );
}
