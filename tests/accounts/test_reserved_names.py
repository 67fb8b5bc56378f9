"""No account bears a name by which the audit log calls who is none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from apps.accounts.models import AccountName, Organization, User
from apps.core.names import ACCOUNT_NAME, RESERVED, RESERVED_ACCOUNT_NAMES
from tests.support.accounts import PASSWORD, anonymous_client, make_organization, make_user

USERS = "/api/v1/users/"
ORGANIZATIONS = "/api/v1/organizations/"
NAMES = ["system", "System", "anonymous", "verifyaudit"]


@pytest.fixture
def system() -> User:
    """One of before the name was reserved."""
    user = make_user("early", full_name="Early")
    User.objects.filter(id=user.id).update(username="system")
    AccountName.objects.filter(user=user).update(name="system")
    user.refresh_from_db()
    return user


@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_made_or_renamed_to_a_reserved_name(as_root: APIClient, bob: User, name: str) -> None:
    make_organization("acme")
    refused = {
        "username": [
            as_root.post(USERS, {"username": name, "password": PASSWORD}),
            as_root.patch(USERS + "bob/", {"username": name}),
        ],
        "name": [as_root.post(ORGANIZATIONS, {"name": name}), as_root.patch(ORGANIZATIONS + "acme/", {"name": name})],
    }
    for field, answers in refused.items():
        for answer in answers:
            assert (answer.status_code, answer.json()["errors"]) == (400, {field: [RESERVED]})
    assert set(User.objects.values_list("username", flat=True)) == {"root", "bob"}
    assert set(Organization.objects.values_list("name", flat=True)) == {"everyone", "acme"}
    assert not AccountName.objects.filter(name__in=RESERVED_ACCOUNT_NAMES).exists()


@pytest.mark.parametrize("query", ["", "?dry_run=1"])
def test_a_reserved_name_is_a_bad_line_of_an_import(as_root: APIClient, query: str) -> None:
    answer = as_root.post(f"{USERS}import{query}", [{"username": "carol"}, {"username": "Anonymous"}], format="json")
    report = answer.json() if query else answer.json()["report"]
    assert [(problem["line"], problem["field"], problem["reason"]) for problem in report["problems"]] == [
        (2, "username", RESERVED)
    ]
    assert set(User.objects.values_list("username", flat=True)) == {"root"}


def test_who_had_the_name_before_keeps_it(as_root: APIClient, system: User) -> None:
    login = anonymous_client().post("/api/v1/auth/login", {"username": "system", "password": PASSWORD})
    assert login.status_code == 200
    assert as_root.patch(USERS + "system/", {"username": "system", "full_name": "A"}).status_code == 200
    assert as_root.post(USERS + "import", [{"username": "system", "full_name": "B"}], format="json").status_code == 200
    system.refresh_from_db()
    assert (system.username, system.full_name) == ("system", "B")
    assert as_root.patch(USERS + "system/", {"username": "carol"}).status_code == 200


def test_whatever_we_do_by_ourselves_is_recorded_by_a_name_that_no_account_has() -> None:
    named = re.compile(r'(?:Actor\.system\(|_ACTOR_NAME = )"([^"]+)"')
    files = (path for root in ("apps", "controlplane") for path in Path(settings.BASE_DIR, root).rglob("*.py"))
    names = {name for path in files for name in named.findall(path.read_text())}
    assert {"verifyaudit", "audit retention"} <= names
    assert {name for name in names if ACCOUNT_NAME.fullmatch(name)} <= RESERVED_ACCOUNT_NAMES
