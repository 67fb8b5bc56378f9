from __future__ import annotations

import io
import stat
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from apps.accounts import services
from apps.accounts.models import AccountName, Organization, User
from tests.support.accounts import PASSWORD, SYSTEM, anonymous_client, make_user


@pytest.fixture
def data_dir(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def test_everyone_is_there_after_migrating_and_only_once() -> None:
    assert services.ensure_builtin_organization().is_builtin
    assert Organization.objects.filter(name="everyone").count() == 1
    assert AccountName.objects.get(name="everyone").organization is not None


def test_the_first_start_makes_an_administrator(data_dir: Path) -> None:
    made = services.ensure_initial_admin()
    assert made is not None
    user, password = made
    assert (user.username, user.is_admin, user.password_is_initial) == ("admin", True, True)
    file = data_dir / "initial-admin-password"
    assert file.read_text() == password + "\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    login = anonymous_client().post("/api/v1/auth/login", {"username": "admin", "password": password})
    assert login.status_code == 200
    me = anonymous_client(HTTP_AUTHORIZATION=f"Bearer {login.json()['token']}").get("/api/v1/auth/me")
    assert me.json()["password_is_initial"] is True


def test_later_starts_make_none(data_dir: Path) -> None:
    make_user("somebody")
    assert services.ensure_initial_admin() is None
    assert not (data_dir / "initial-admin-password").exists()


def test_a_file_of_an_earlier_try_is_replaced(data_dir: Path) -> None:
    (data_dir / "initial-admin-password").write_text("old")
    made = services.ensure_initial_admin()
    assert made is not None
    assert (data_dir / "initial-admin-password").read_text() == made[1] + "\n"


def test_a_full_disk_leaves_no_account_nobody_can_enter(data_dir: Path) -> None:
    (data_dir / "initial-admin-password").mkdir()  # cannot be replaced by a file
    with pytest.raises(IsADirectoryError):
        services.ensure_initial_admin()
    assert not User.objects.exists()


def test_changing_the_password_removes_the_file(
    data_dir: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    services.ensure_initial_admin()
    user = User.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        services.set_password(actor=SYSTEM, user=user, new_password=PASSWORD)
    user.refresh_from_db()
    assert user.password_is_initial is False
    assert not (data_dir / "initial-admin-password").exists()


def test_createadmin_reads_the_password_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    call_command("createadmin", "ruth", stdout=io.StringIO())
    user = User.objects.get(username="ruth")
    assert user.is_admin
    assert user.check_password(PASSWORD)


def test_createadmin_generates_on_request() -> None:
    output = io.StringIO()
    call_command("createadmin", "--generate", stdout=output)
    password = output.getvalue().split("Password: ")[1].strip()
    assert User.objects.get(username="admin").check_password(password)


def test_resetpassword_sets_it_and_ends_the_sessions(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    anonymous_client().post("/api/v1/auth/login", {"username": "bob", "password": PASSWORD})
    monkeypatch.setattr("sys.stdin", io.StringIO("another long password\n"))
    call_command("resetpassword", "BOB", stdout=io.StringIO())
    bob.refresh_from_db()
    assert bob.check_password("another long password")
    assert not bob.sessions.exists()


@pytest.mark.parametrize(("name", "password"), [("nobody", PASSWORD), ("bob", "short"), ("bob", "")])
def test_resetpassword_says_what_is_wrong(bob: User, monkeypatch: pytest.MonkeyPatch, name: str, password: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    with pytest.raises(CommandError):
        call_command("resetpassword", name, stdout=io.StringIO())
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)
