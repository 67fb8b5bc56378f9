"""Entries wait on disk while the database is away, and each gets into it once, whatever is killed when."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from pytest_django import Settings

from apps.audit import services
from apps.audit.clients import spool
from apps.audit.errors import SpoolFull
from apps.audit.models import Entry, content_of
from apps.core.actor import Actor

ACTOR = Actor.system("tests")
SOURCE = Path(__file__).parents[2]


def draft(number: int) -> dict:
    return content_of(services.draft(actor=ACTOR, operation="Test", target_kind="test", target_name=str(number)), None)


def spooled(*numbers: int) -> list[dict]:
    """Written to disk as a worker of the gateway does, and left there."""
    contents = [draft(number) for number in numbers]
    writer = services.writer()
    writer.append(contents)
    writer.close()
    return contents


def names() -> list[int]:
    services.seal()
    return [
        int(name) for name in Entry.objects.filter(operation="Test").order_by("sequence").values_list("target_name", flat=True)
    ]


def files(audit_dir: Path) -> list[Path]:
    return sorted((audit_dir / "spool").glob("*.ndjson"))


def test_what_waited_is_written_once_in_its_order_as_it_was(audit_dir: Path) -> None:
    contents = spooled(1, 2) + spooled(3)
    assert services.drain() == 3
    assert names() == [1, 2, 3]
    assert [content_of(entry, None) for entry in Entry.objects.order_by("sequence")] == contents
    assert files(audit_dir) == []
    assert services.drain() == 0


def test_a_segment_that_is_drained_again_changes_nothing(audit_dir: Path) -> None:
    """As after a kill between the commit and the removal of the file."""
    spooled(1, 2)
    (path,) = files(audit_dir)
    content = path.read_bytes()
    services.drain()
    path.write_bytes(content)
    assert services.drain() == 2
    assert names() == [1, 2]


def test_while_the_database_is_away_everything_goes_on_waiting(audit_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from apps.audit.services import spooling

    spooled(1)

    def away(entries: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patched:
        patched.setattr(spooling, "write", away)
        with pytest.raises(OperationalError):
            services.drain()
    assert len(files(audit_dir)) == 1
    assert services.drain() == 1


def test_a_segment_is_left_alone_while_its_writer_lives(audit_dir: Path) -> None:
    writer = services.writer()
    writer.append([draft(1)])
    assert services.drain() == 0
    assert writer.is_pending
    writer.close()
    assert services.drain() == 1
    assert not writer.is_pending


@pytest.mark.parametrize(
    "tamper",
    [
        lambda lines: [lines[0], lines[1].replace(b'"target_name":"2"', b'"target_name":"7"'), lines[2]],
        lambda lines: [lines[0], b"nonsense\n", lines[2]],
        lambda lines: [lines[0], b'{"entry":1,"mac":null}\n', lines[2]],
    ],
)
def test_a_changed_line_is_kept_apart_and_said(audit_dir: Path, tamper: object) -> None:
    spooled(1, 2, 3)
    (path,) = files(audit_dir)
    changed = tamper(path.read_bytes().splitlines(keepends=True))  # type: ignore[operator]
    path.write_bytes(b"".join(changed))
    services.drain()
    assert names() == [1, 3]
    entry = Entry.objects.get(operation="Audit Spool Reject")
    assert (entry.outcome, entry.target_name) == ("failed", path.name)
    assert (audit_dir / "spool" / "rejected" / path.name).read_bytes() == changed[1]


@pytest.mark.parametrize(
    ("tamper", "left"),
    [
        (lambda lines: [lines[0], lines[2]], [1]),  # one taken out
        (lambda lines: [lines[1], lines[0], lines[2]], [3]),  # two that changed places
        (lambda lines: [*lines, lines[2]], [1, 2, 3]),  # one repeated
    ],
)
def test_a_line_that_was_moved_is_found(audit_dir: Path, tamper: object, left: list[int]) -> None:
    spooled(1, 2, 3)
    (path,) = files(audit_dir)
    path.write_bytes(b"".join(tamper(path.read_bytes().splitlines(keepends=True))))  # type: ignore[operator]
    services.drain()
    assert names() == left
    assert Entry.objects.filter(operation="Audit Spool Reject").count() == 1


def test_a_line_torn_by_a_kill_was_never_promised(audit_dir: Path) -> None:
    spooled(1, 2)
    (path,) = files(audit_dir)
    path.write_bytes(path.read_bytes()[:-10])
    services.drain()
    assert names() == [1]
    assert not Entry.objects.filter(operation="Audit Spool Reject").exists()


def test_an_entry_that_the_database_will_never_take_holds_up_nothing(audit_dir: Path) -> None:
    bad = {**draft(2), "time": "no time"}
    writer = services.writer()
    writer.append([draft(1), bad, draft(3)])
    writer.close()
    services.drain()
    assert names() == [1, 3]
    assert files(audit_dir) == []
    assert b"no time" in next((audit_dir / "spool" / "rejected").iterdir()).read_bytes()


def test_a_full_spool_takes_nothing_and_keeps_what_it_has(audit_dir: Path, settings: Settings) -> None:
    settings.AUDIT_SPOOL_BYTES = 1000
    writer = services.writer()
    writer.append([draft(number) for number in range(3)])
    with pytest.raises(SpoolFull, match="1000 bytes"):
        writer.append([draft(3)])
    writer.close()
    assert spool.length(audit_dir / "spool").entries == 3
    assert services.drain() == 3
    spooled(7)
    assert len(files(audit_dir)) == 1


def test_a_disk_that_is_full_keeps_nothing_half(audit_dir: Path) -> None:
    audit_dir.mkdir()
    (audit_dir / "spool").symlink_to("/dev/full")
    with pytest.raises(SpoolFull):
        services.writer().append([draft(1)])


WRITER = """
import sys, uuid
import django; django.setup()
from apps.audit import services
from apps.audit.models import content_of
from apps.core.actor import Actor
writer = services.writer()
for number in range(100_000):
    entry = services.draft(actor=Actor.system("tests"), operation="Test", target_kind="test", target_name=str(number))
    writer.append([content_of(entry, None)])
    sys.stdout.write(f"{entry.id}\\n")
    sys.stdout.flush()
"""

DRAINER = """
import sys
import django; django.setup()
from apps.audit import services
sys.stdout.write("ready\\n"); sys.stdout.flush()
while True:
    services.drain()
"""


def process(program: str, audit_dir: Path) -> subprocess.Popen[str]:
    key = os.environ["QUARTERDECK_DATA_DIR"] + "/secrets/master.key"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "controlplane.settings",
        "QUARTERDECK_AUDIT_DIR": str(audit_dir),
        "QUARTERDECK_MASTER_KEY_FILE": key,
        "DATABASE_URL": _url(),
    }
    return subprocess.Popen([sys.executable, "-c", program], env=environment, cwd=SOURCE, stdout=subprocess.PIPE, text=True)


def _url() -> str:
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    return f"postgresql://{values['USER']}:{values['PASSWORD']}@/{values['NAME']}?host={values['HOST']}&port={values['PORT']}"


def killed_after(running: subprocess.Popen[str], lines: int) -> list[str]:
    """What it said until it was killed by SIGKILL, in the middle of whatever it was doing then."""
    assert running.stdout is not None
    said = [running.stdout.readline().strip() for _ in range(lines)]
    running.send_signal(signal.SIGKILL)
    said += running.stdout.read().split("\n")[:-1]
    running.wait()
    return said


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lines", [1, 7, 300])
def test_what_a_killed_writer_promised_is_there_and_only_once(audit_dir: Path, lines: int) -> None:
    promised = {
        uuid.UUID(line) for line in killed_after(process(WRITER, audit_dir), lines) if re.fullmatch(r"[0-9a-f-]{36}", line)
    }
    assert len(promised) >= lines
    services.drain()
    written = set(Entry.objects.filter(operation="Test").values_list("id", flat=True))
    assert promised <= written
    assert len(written - promised) <= 1  # kept, and killed before it could say so
    assert files(audit_dir) == []


@pytest.mark.django_db(transaction=True)
def test_drainers_that_are_killed_lose_nothing_and_write_nothing_twice(audit_dir: Path) -> None:
    writer = services.writer()
    expected = []
    for number in range(40):
        contents = [draft(100 * number + each) for each in range(50)]
        writer.append(contents)
        writer.close()
        expected += [uuid.UUID(content["id"]) for content in contents]
    for _ in range(6):
        running = process(DRAINER, audit_dir)
        assert running.stdout is not None
        running.stdout.readline()
        running.send_signal(signal.SIGKILL)  # sooner or later into its work, as the machine has it
        running.wait()
        running.stdout.close()
    services.drain()
    assert sorted(Entry.objects.filter(operation="Test").values_list("id", flat=True)) == sorted(expected)
    assert names() == [100 * number + each for number in range(40) for each in range(50)]


def test_a_spool_file_is_ours_alone_and_says_what_the_entry_says(audit_dir: Path) -> None:
    (content,) = spooled(1)
    (path,) = files(audit_dir)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert json.loads(path.read_text())["entry"] == content
