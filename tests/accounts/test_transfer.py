"""Lists of users as files: exported, and imported at once."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.access import services as access
from apps.accounts import services
from apps.accounts.models import User
from apps.audit.models import Entry
from apps.core import spreadsheets
from apps.core.rest import MAX_BODY_BYTES
from tests.support.accounts import PASSWORD, SYSTEM, anonymous_client, client_of, make_organization, make_user

EXPORT = "/api/v1/users/export"
IMPORT = "/api/v1/users/import"
HEADER = "username,full_name,email,is_active,is_admin,organizations,teams"


def exported(client: APIClient, format_: str = "csv") -> str:
    answer = client.get(f"{EXPORT}?format={format_}")
    assert answer.status_code == 200
    return answer.getvalue().decode()


def import_csv(client: APIClient, *lines: str, query: str = "") -> Any:
    return client.post(IMPORT + query, "\r\n".join(lines), content_type="text/csv")


def problems(answer: Any) -> list[tuple[int, str, str]]:
    assert answer.status_code == 400, answer.content
    return [(each["line"], each["field"], each["reason"]) for each in answer.json()["report"]["problems"]]


@pytest.fixture
def acme(bob: User) -> None:
    organization = make_organization("acme", admins=(bob,))
    team = services.create_team(actor=SYSTEM, organization=organization, name="payments")
    services.set_team_member(actor=SYSTEM, team=team, user=bob)
    make_organization("beta")


# Export


def test_the_export_has_every_user_with_memberships_and_no_password(as_root: APIClient, acme: None) -> None:
    text = exported(as_root)
    rows = {row["username"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows["bob"] == {
        "username": "bob",
        "full_name": "Bob Builder",
        "email": "bob@example.com",
        "is_active": "true",
        "is_admin": "false",
        "organizations": "acme:admin",
        "teams": "acme/payments",
    }
    assert text.splitlines()[0] == HEADER
    assert "argon2" not in text
    listed = {row["username"]: row for row in json.loads(exported(as_root, "json"))}
    assert listed["bob"]["organizations"] == ["acme:admin"]
    assert listed["root"]["is_admin"] is True


def test_the_export_is_for_who_may_list_accounts_and_is_recorded(as_root: APIClient, as_bob: APIClient) -> None:
    assert as_bob.get(EXPORT).status_code == 403
    auditor = make_user("auditor")
    access.create_grant(actor=SYSTEM, subject="user:auditor", role="Auditor", collection="/")
    assert "root" in exported(client_of(auditor))
    assert [entry.actor_name for entry in Entry.objects.filter(operation="User Export")] == ["auditor"]


@pytest.mark.parametrize(
    "name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", " =1", "'=1", "\uff1d1", "'", "O'Neil", "plain, with comma"]
)
def test_no_cell_of_an_export_is_a_formula_and_an_import_gives_the_text_back(as_root: APIClient, bob: User, name: str) -> None:
    User.objects.filter(id=bob.id).update(full_name=name)
    cell = next(row["full_name"] for row in csv.DictReader(io.StringIO(exported(as_root))) if row["username"] == "bob")
    assert cell.lstrip()[0] not in "=+-@\uff1d"
    assert spreadsheets.text_of_cell(cell) == name


def test_an_export_imported_again_changes_nothing(as_root: APIClient, acme: None) -> None:
    text = exported(as_root)
    before = Entry.objects.exclude(operation__in=["User Import", "User Export"]).count()
    answer = as_root.post(IMPORT, text, content_type="text/csv")
    assert (answer.status_code, answer.json()["updated"], answer.json()["created"]) == (200, 2, 0)
    assert exported(as_root) == text
    assert Entry.objects.exclude(operation__in=["User Import", "User Export"]).count() == before


# Import


def test_an_import_makes_and_changes_users(as_root: APIClient, acme: None, bob: User) -> None:
    answer = import_csv(
        as_root,
        HEADER,
        "bob,Robert,r@example.com,TRUE,no,beta:admin,",
        '"Carol","Carol, C.",,,,acme,"acme/payments:admin"',
    )
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["lines"], body["created"], body["updated"], body["problems"]) == (2, 1, 1, [])
    bob.refresh_from_db()
    assert (bob.full_name, bob.email) == ("Robert", "r@example.com")
    assert list(bob.organization_memberships.values_list("organization__name", "is_admin")) == [("beta", True)]
    assert not bob.team_memberships.exists()
    carol = User.objects.get(username="carol")
    assert (carol.full_name, carol.is_active, carol.is_admin) == ("Carol, C.", True, False)
    assert list(carol.team_memberships.values_list("team__name", "is_admin")) == [("payments", True)]
    entry = Entry.objects.get(operation="User Import")
    assert entry.detail == {"lines": 2, "created": 1, "updated": 1}
    assert Entry.objects.filter(operation="User Create", target_name="carol", actor_name="root").exists()


def test_columns_that_are_absent_leave_everything_as_it_is(as_root: APIClient, acme: None, bob: User) -> None:
    assert import_csv(as_root, "username,full_name", "bob,Robert").status_code == 200
    bob.refresh_from_db()
    assert (bob.full_name, bob.email, bob.is_active) == ("Robert", "bob@example.com", True)
    assert bob.team_memberships.count() == bob.organization_memberships.count() == 1
    assert bob.check_password(PASSWORD)


def test_an_imported_user_has_no_password_until_an_administrator_sets_one(as_root: APIClient) -> None:
    import_csv(as_root, "username", "carol")
    assert not User.objects.get(username="carol").has_usable_password()
    assert as_root.post("/api/v1/users/carol/password", {"new_password": PASSWORD}).status_code == 204
    assert client_of(User.objects.get(username="carol")).get("/api/v1/auth/me").status_code == 200


def test_a_password_column_sets_passwords_and_stands_in_no_record(as_root: APIClient, bob: User) -> None:
    answer = import_csv(as_root, "username,password", "carol,=long enough 1", "bob,another long one")
    assert answer.status_code == 200
    for name, password in (("carol", "=long enough 1"), ("bob", "another long one")):
        body = {"username": name, "password": password}
        assert anonymous_client().post("/api/v1/auth/login", body).status_code == 200
    for entry in Entry.objects.all():
        assert "long" not in json.dumps(entry.detail) + entry.reason


def test_json_says_the_same(as_root: APIClient, acme: None) -> None:
    users = [{"username": "carol", "is_admin": True, "organizations": ["beta"], "teams": ["acme/payments"], "email": None}]
    assert as_root.post(IMPORT, users).json()["created"] == 1
    carol = User.objects.get(username="carol")
    assert carol.is_admin
    assert set(carol.organization_memberships.values_list("organization__name", flat=True)) == {"acme", "beta"}
    bad: list[Any] = [{"username": "x", "colour": "red"}, "x", {"full_name": "y"}, {"username": 7, "is_admin": "perhaps"}]
    assert problems(as_root.post(IMPORT, bad)) == [
        (1, "colour", "there is no such field"),
        (2, "", "is no object"),
        (3, "username", "is missing"),
        (4, "username", "must be a text"),
        (4, "is_admin", "must be true or false"),
    ]


def test_every_bad_line_is_named_with_field_and_reason_and_nothing_is_written(as_root: APIClient, acme: None) -> None:
    answer = import_csv(
        as_root,
        HEADER + ",password",
        "good,Good,,,,,,",
        "b\u043eb,,,,,,,",
        "a/b,,,,,,,",
        f"{'x' * 65},,,,,,,",
        "good,again,,,,,,",
        "acme,,,,,,,",
        "dora,,nonsense,perhaps,,,,",
        "erin,,,,,nowhere;everyone,acme/nothing;acme,",
        "frank,,,,,,acme,",
        "gina,,,,,,,short",
        "too,few",
        f"henry,{'y' * 201},,,,,,",
        '"ivan\nsecond",,,,,,,',
        "judy,bell\x07,,,,,,",
    )
    found = problems(answer)
    assert [(line, field) for line, field, _ in found] == [
        (3, "username"),
        (4, "username"),
        (5, "username"),
        (6, "username"),
        (7, "username"),
        (8, "email"),
        (8, "is_active"),
        (9, "teams"),
        (10, "teams"),
        (11, "password"),
        (12, ""),
        (13, "full_name"),
        (14, "username"),
        (16, "full_name"),
    ]
    reasons = {line: reason for line, _, reason in found}
    assert "U+043E (CYRILLIC SMALL LETTER O)" in reasons[3]
    assert reasons[6] == "good stands in line 2 already"
    assert reasons[7] == "is the name of an organisation"
    assert reasons[10] == "'acme' must be ORGANIZATION/TEAM"
    assert reasons[12] == "has 2 cells instead of 8"
    assert answer.json()["errors"]["line 12"] == ["has 2 cells instead of 8"]
    assert not User.objects.filter(username="good").exists()
    assert not Entry.objects.filter(operation="User Import").exists()


def test_memberships_are_compared_with_what_is_there(as_root: APIClient, acme: None) -> None:
    answer = import_csv(as_root, "username,organizations,teams", "erin,nowhere;everyone,acme/nothing")
    assert problems(answer) == [
        (2, "organizations", "there is no organisation 'nowhere'"),
        (2, "organizations", "everybody belongs to everyone, which is built in"),
        (2, "teams", "there is no team 'acme/nothing'"),
    ]


def test_a_dry_run_tells_the_same_and_writes_nothing(as_root: APIClient, bob: User) -> None:
    good = import_csv(as_root, "username,full_name", "bob,Robert", "carol,C", query="?dry_run=1")
    assert (good.status_code, good.json()["created"], good.json()["updated"]) == (200, 1, 1)
    bad = import_csv(as_root, "username", "-", query="?dry_run=1")
    assert (bad.status_code, bad.json()["is_dry_run"], bad.json()["problems_count"]) == (200, True, 1)
    bob.refresh_from_db()
    assert bob.full_name == "Bob Builder"
    assert not User.objects.filter(username="carol").exists()
    assert not Entry.objects.filter(operation="User Import").exists()


def test_the_last_administrator_cannot_be_imported_away(as_root: APIClient, root: User, bob: User) -> None:
    assert problems(import_csv(as_root, "username,is_admin", "root,false")) == [
        (2, "is_admin", "would leave no active administrator")
    ]
    assert problems(import_csv(as_root, "username,is_active", "root,false")) == [
        (2, "is_active", "would leave no active administrator")
    ]
    assert import_csv(as_root, "username,is_admin", "root,false", "bob,true").status_code == 200
    assert list(User.objects.filter(is_admin=True)) == [bob]


def test_a_name_whose_private_collection_is_taken_is_a_bad_line(as_root: APIClient) -> None:
    access.create_collection(actor=SYSTEM, path="/Shared/Private/Carol")
    assert problems(import_csv(as_root, "username", "carol")) == [
        (2, "username", "cannot have a private collection: /Shared/Private/Carol exists already")
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the file is empty"),
        (b"full_name\r\nx", "the first line must name the columns"),
        (b"username,colour\r\nx,red", "there is no column 'colour'"),
        (b"username,username\r\nx,x", "a column stands twice"),
        (b"username\r\n\xff\xfe", "not UTF-8"),
        (b'username\r\n"x', None),
    ],
)
def test_a_file_that_is_no_list_is_refused(as_root: APIClient, body: bytes, reason: str | None) -> None:
    answer = as_root.post(IMPORT, body, content_type="text/csv")
    assert answer.status_code == 400
    assert reason is None or reason in answer.json()["detail"]


def test_what_excel_saves_is_read(as_root: APIClient) -> None:
    body = "\ufeffUsername,Full_Name\r\ncarol,Ren\u00e9e\r\n\r\n".encode()
    assert as_root.post(IMPORT, body, content_type="text/csv; charset=utf-8").json()["created"] == 1
    assert User.objects.get(username="carol").full_name == "Ren\u00e9e"


def test_only_administrators_import(as_bob: APIClient) -> None:
    assert import_csv(as_bob, "username", "carol").status_code == 403
    assert import_csv(as_bob, "username", "carol", query="?dry_run=1").status_code == 403
    assert not User.objects.filter(username="carol").exists()
    assert Entry.objects.filter(operation="User Import", outcome="refused").count() == 2


def test_whoever_may_not_import_sends_no_long_lists(as_bob: APIClient, as_root: APIClient) -> None:
    text = "username\n" + "x" * MAX_BODY_BYTES
    assert as_bob.post(IMPORT, text, content_type="text/csv").status_code == 413
    assert as_root.post(IMPORT, text, content_type="text/csv").status_code == 400


def test_a_body_of_another_type_is_refused(as_root: APIClient) -> None:
    answer = as_root.post(IMPORT, b"username\ncarol", content_type="text/plain")
    assert answer.status_code == 415
