import { TextField } from "@/ui/TextField";

interface Props {
  password: string;
  again: string;
  onPassword: (value: string) => void;
  onAgain: (value: string) => void;
  error?: string;
}

/** What is wrong with the repetition; "" where nothing is. Everything else about a password is the server's to judge. */
export function passwordProblem(password: string, again: string): string {
  return password === again ? "" : "The two passwords differ.";
}

/** A new password, typed twice. */
export function NewPasswordFields({ password, again, onPassword, onAgain, error }: Props) {
  return (
    <>
      <TextField
        label="New password"
        type="password"
        value={password}
        onChange={onPassword}
        autoComplete="new-password"
        help="At least 10 characters, not a common password, and not like the name."
        error={error}
        isRequired
      />
      <TextField
        label="New password again"
        type="password"
        value={again}
        onChange={onAgain}
        autoComplete="new-password"
        error={again ? passwordProblem(password, again) : ""}
        isRequired
      />
    </>
  );
}
