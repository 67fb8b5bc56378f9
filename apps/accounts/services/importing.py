"""Lists of users that are imported: looked at as a whole first, and written only where no line is bad.

A short list is written at once, in one transaction. A long one becomes a background job, which looks at everything, then
writes in transactions of some hundred lines so that others can write in between, and says how far it is. What it wrote stays
when it is cancelled or its worker dies; the same list imported again goes on where it ended, because a line says what is
to be and not what to do (docs/adr/0014).
"""

from __future__ import annotations

import datetime
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from apps.accounts import selectors
from apps.accounts.models import UserImport
from apps.accounts.rules import transfer
from apps.accounts.rules.transfer import LineProblem, WantedUser
from apps.accounts.services.imported_users import KnownAccounts, write_user
from apps.accounts.services.sessions import actor_of_user
from apps.audit import services as audit
from apps.core import clock, crypto
from apps.core.actor import Actor
from apps.core.authorization import require_administrator
from apps.core.errors import Conflict, InvalidInput, QuarterdeckError, Refused
from apps.core.strict_json import strict_json
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.jobs.selectors import actor_of
from apps.jobs.types import RunLost

AT_ONCE_LINES = 500
AT_ONCE_PASSWORDS = 20  # hashing one takes a tenth of a second
LINES_OF_A_TRANSACTION = 200
LINES_BETWEEN_SIGNS = 1000
IMPORT_KEPT_FOR = datetime.timedelta(days=1)
SHOWN_PROBLEMS = 1000
"""How many are told; all are counted."""

Line = tuple[int, dict[str, Any] | LineProblem]
Progress = Callable[[int, str], None]
"""Called with a percentage and a sentence; may raise to end the work."""


@dataclass(slots=True)
class Report:
    """What an import found, and what it did or, in a dry run, would do.

    Args:
        lines: how many users the list has.
        created, updated: of them, how many are new, and how many were there.
        problems: the first SHOWN_PROBLEMS of what is wrong; empty where the list was written.
    """

    is_dry_run: bool
    lines: int = 0
    created: int = 0
    updated: int = 0
    problems_count: int = 0
    problems: list[LineProblem] = field(default_factory=list)

    def add(self, problems: Iterable[LineProblem]) -> None:
        for problem in problems:
            self.problems_count += 1
            if len(self.problems) < SHOWN_PROBLEMS:
                self.problems.append(problem)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class BadLines(InvalidInput):
    """Nothing was written, because lines are bad. Args: report: which, and why."""

    def __init__(self, report: Report) -> None:
        self.report = report
        errors: dict[str, list[str]] = {}
        for problem in report.problems:
            reason = f"{problem.field} {problem.reason}".strip()
            errors.setdefault(f"line {problem.line}", []).append(reason)
        count = report.problems_count
        noun = "problem" if count == 1 else "problems"
        super().__init__(f"nothing was imported: {count} {noun} in {report.lines} lines", errors=errors)

    def extra(self) -> dict[str, Any]:
        return {**super().extra(), "report": self.report.as_json()}


def import_users(*, actor: Actor, document: bytes, is_csv: bool, is_dry_run: bool) -> Report | Job:
    """Imports a list, or for a long one makes the job that does.

    Args:
        document: UTF-8, in the shape of `rules.transfer`.

    Returns:
        The report, also of a dry run that found problems; or the job, whose result will be the report.

    Raises:
        Refused: the actor is no administrator.
        InvalidInput: the document cannot be read at all.
        BadLines: nothing was written.
    """
    require_administrator(actor, "import users", operation="User Import")
    lines = list(islice(_lines(document, is_csv=is_csv), AT_ONCE_LINES + 1))
    if len(lines) > AT_ONCE_LINES or _count_passwords(lines) > AT_ONCE_PASSWORDS:
        return _enqueue(actor, document, is_csv=is_csv, is_dry_run=is_dry_run)
    report, wanted = _examine(lines, is_dry_run=is_dry_run, progress=_unheard)
    if not is_dry_run:
        _write(actor, report, wanted, progress=_unheard, lines_of_a_transaction=AT_ONCE_LINES)
    return report


def run_import(job: Job) -> None:
    """What the job of a long list does. The report becomes its result, also where it fails."""
    row = UserImport.objects.filter(id=job.arguments["import_id"]).first()
    if row is None:
        raise Conflict("the list of users is gone; import it again")
    try:
        _run(job, row)
    except RunLost:
        raise  # whoever has the job now needs the list
    except Exception:
        row.delete()
        raise
    row.delete()


def _run(job: Job, row: UserImport) -> None:
    def progress(percent: int, message: str) -> None:
        jobs.progress(job, percent, message)
        require_administrator(_actor_now(job), "import users any more", operation="User Import")

    is_dry_run = bool(job.arguments["is_dry_run"])
    lines = _lines(_opened(row), is_csv=job.arguments["is_csv"])
    try:
        report, wanted = _examine(lines, is_dry_run=is_dry_run, progress=progress)
        if not is_dry_run:
            _write(_actor_now(job), report, wanted, progress=progress, lines_of_a_transaction=LINES_OF_A_TRANSACTION)
    except BadLines as error:
        job.result = error.report.as_json()
        raise
    job.result = report.as_json()


def _actor_now(job: Job) -> Actor:
    """For whom the job works, with the rights of now. Raises Refused where the account is not active any more."""
    asked = actor_of(job)
    if asked.id is None:
        return asked
    user = selectors.active_user(asked.id)
    if user is None:
        raise Refused(f"the account {asked.name}, which asked for the import, is not active any more")
    return actor_of_user(user, address=asked.address, request_id=asked.request_id, credential=asked.credential)


def _enqueue(actor: Actor, document: bytes, *, is_csv: bool, is_dry_run: bool) -> Job:
    id_ = uuid.uuid4()
    sealed = crypto.seal(zlib.compress(document), context=_context(id_))
    with transaction.atomic():
        UserImport.objects.create(id=id_, sealed_document=sealed)
        return jobs.enqueue(
            "accounts.import_users", "a list of users", actor, import_id=str(id_), is_csv=is_csv, is_dry_run=is_dry_run
        )


def _opened(row: UserImport) -> bytes:
    return zlib.decompress(crypto.unseal(bytes(row.sealed_document), context=_context(row.id)))


def _context(import_id: uuid.UUID) -> str:
    return f"accounts.user_import:{import_id}"


def purge_imports() -> None:
    """Removes lists whose job was cancelled before it began, or is never coming back."""
    UserImport.objects.filter(created_at__lt=clock.now() - IMPORT_KEPT_FOR).delete()


def _lines(document: bytes, *, is_csv: bool) -> Iterator[Line]:
    """Raises InvalidInput where the document cannot be read at all."""
    if not is_csv:
        return transfer.lines_of_json(strict_json(document))
    try:
        return transfer.lines_of_csv(document.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise transfer.NotAList(f"the file is not UTF-8: the byte at {error.start} is wrong") from error


def _count_passwords(lines: Iterable[Line]) -> int:
    return sum(bool(isinstance(columns, dict) and columns.get(transfer.PASSWORD)) for _, columns in lines)


def _examine(lines: Iterable[Line], *, is_dry_run: bool, progress: Progress) -> tuple[Report, list[WantedUser]]:
    """Looks at every line, and writes nothing. Raises BadLines, but not for a dry run, where the report says it."""
    report = Report(is_dry_run)
    wanted = _read(lines, report, progress)
    known = KnownAccounts()
    for chunk in _chunks(wanted, LINES_BETWEEN_SIGNS):
        report.add(known.problems_of(chunk))
        progress(20, f"compared {chunk[-1].line} lines with the accounts")
    report.add(known.problems_of_all())
    report.problems.sort(key=lambda problem: problem.line)
    report.updated = known.existing_count
    report.created = len(wanted) - report.updated
    if report.problems_count and not is_dry_run:
        raise BadLines(report)
    return report, wanted


def _read(lines: Iterable[Line], report: Report, progress: Progress) -> list[WantedUser]:
    """The good lines, of each user the first."""
    wanted: dict[str, WantedUser] = {}
    for number, columns in lines:
        report.lines += 1
        read = [columns] if isinstance(columns, LineProblem) else transfer.read_line(number, columns)
        if isinstance(read, list):
            report.add(read)
        elif read.username in wanted:
            first = wanted[read.username].line
            report.add([LineProblem(number, "username", f"{read.username} stands in line {first} already")])
        else:
            wanted[read.username] = read
        if report.lines % LINES_BETWEEN_SIGNS == 0:
            progress(10, f"read {report.lines} lines")
    return list(wanted.values())


def _write(actor: Actor, report: Report, wanted: list[WantedUser], *, progress: Progress, lines_of_a_transaction: int) -> None:
    """Writes good lines. New administrators come first, so that the last former one may go.

    Raises:
        Conflict: an account was changed since the line was looked at; names the line, and how many were written before.
    """
    counts = {"lines": report.lines, "created": report.created, "updated": report.updated}
    with transaction.atomic():
        audit.record(actor=actor, operation="User Import", target_kind="user", detail=counts)
    wanted.sort(key=lambda line: not line.is_admin)
    written = 0
    for chunk in _chunks(wanted, lines_of_a_transaction):
        progress(20 + 79 * written // len(wanted), f"wrote {written} of {len(wanted)} users")
        hashes = [make_password(line.password) if line.password else "" for line in chunk]
        with transaction.atomic():
            for line, hashed in zip(chunk, hashes, strict=True):
                try:
                    write_user(actor, line, hashed)
                except QuarterdeckError as error:
                    raise Conflict(f"line {line.line}: {error.detail}; {written} users were written before") from error
        written += len(chunk)


def _chunks(lines: Sequence[WantedUser], size: int) -> Iterator[Sequence[WantedUser]]:
    return (lines[start : start + size] for start in range(0, len(lines), size))


def _unheard(percent: int, message: str) -> None:
    """For an import that is over before anybody could ask how far it is."""
