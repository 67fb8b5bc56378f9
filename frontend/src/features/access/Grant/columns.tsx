import { Label } from "@patternfly/react-core";
import { Link } from "react-router";
import type { Grant } from "@/api/types";
import { placeOf } from "@/features/access/Grant/place";
import { rolePath } from "@/features/access/Role/path";
import { useSession } from "@/features/accounts/Session/queries";
import { Clip, ClipPath, TwoLines } from "@/ui/Clip";
import type { Column } from "@/ui/ListPageBody";
import { Time } from "@/ui/Time";

export const GRANT_COLUMNS: readonly Column<Grant>[] = [
  { name: "Subject", width: 25, cell: (grant) => <SubjectText subject={grant.subject} /> },
  {
    name: "Role",
    width: 15,
    cell: (grant) => (
      <Link to={rolePath(grant.role)} className="qd-two-lines" title={grant.role}>
        {grant.role}
      </Link>
    ),
  },
  { name: "On", width: 20, cell: (grant) => <ClipPath path={placeOf(grant.resource)} /> },
  { name: "Until", cell: (grant) => <Time value={grant.expires_at} empty="no end" /> },
  { name: "Comment", width: 15, cell: (grant) => <TwoLines text={grant.comment} /> },
  {
    name: "Made",
    cell: (grant) => (
      <span>
        <Time value={grant.created_at} />
        {grant.created_by ? ` by ${grant.created_by}` : ""}
      </span>
    ),
  },
];

const SHORT_WIDTHS = [40, 25, 35] as const;

/** Only who, what and where. */
export const SHORT_GRANT_COLUMNS: readonly Column<Grant>[] = SHORT_WIDTHS.map((width, index) => ({
  ...GRANT_COLUMNS[index]!,
  width,
}));

/** "team:acme/payments" as its kind and a link to its page. */
export function SubjectText({ subject }: { subject: string }) {
  const [kind, name] = splitSubject(subject);
  return (
    <span className="qd-subject">
      <Label isCompact variant="outline" textMaxWidth="none">
        {kind}
      </Label>
      <SubjectLink kind={subject.slice(0, subject.indexOf(":"))} name={name} />
    </span>
  );
}

/** The name of an account, as a link to its page where this caller sees that. */
export function SubjectLink({ kind, name }: { kind: string; name: string }) {
  const [organization, rest] = [name.split("/")[0], name.split("/")[1]];
  const to = {
    user: `/users/${name}`,
    organization: `/organizations/${name}`,
    team: `/organizations/${organization}/teams/${rest}`,
    "service-account": `/organizations/${organization}/service-accounts/${rest}`,
  }[kind];
  const { user, capabilities } = useSession();
  const isShown = kind !== "user" || name === user.username || capabilities.administrator || capabilities.view_accounts;
  if (!to || !isShown) return <Clip text={name} />;
  return (
    <Link to={to} className="qd-clip" title={name}>
      {name}
    </Link>
  );
}

/** "team:acme/payments" → ["team", "acme/payments"], with the kind as people say it. */
export function splitSubject(subject: string): [kind: string, name: string] {
  const cut = subject.indexOf(":");
  const kind = subject.slice(0, cut);
  const said = { organization: "organisation", "service-account": "service account" }[kind] ?? kind;
  return [said, subject.slice(cut + 1)];
}
