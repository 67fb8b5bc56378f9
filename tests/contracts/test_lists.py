"""Lists cost the same number of queries however long they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.access import services as access
from apps.access.models import Role
from apps.accounts import services as accounts
from apps.accounts.models import Organization
from apps.audit import services as audit
from apps.certificates import services as certificates
from apps.jobs import services as jobs
from apps.jobs.models import Job
from tests.support.accounts import SYSTEM, make_organization, make_user


def add_user(number: int) -> None:
    make_user(f"user{number}")


def add_organization(number: int) -> None:
    make_organization(f"organization{number}", admins=(make_user(f"head{number}"),))


def acme() -> Organization:
    return Organization.objects.filter(name="acme").first() or make_organization("acme")


def add_member(number: int) -> None:
    accounts.set_member(actor=SYSTEM, organization=acme(), user=make_user(f"member{number}"))


def add_service_account(number: int) -> None:
    accounts.create_service_account(actor=SYSTEM, organization=acme(), name=f"machine{number}")


def add_bundle_of_service_account(number: int) -> None:
    certificates.ensure_authorities()
    machine = acme().service_accounts.first()
    machine = machine or accounts.create_service_account(actor=SYSTEM, organization=acme(), name="ci")
    certificates.create_bundle(actor=SYSTEM, user=machine, name=f"runner{number}")


def add_team(number: int) -> None:
    team = accounts.create_team(actor=SYSTEM, organization=acme(), name=f"team{number}")
    accounts.set_team_member(actor=SYSTEM, team=team, user=make_user(f"player{number}"))


def add_team_member(number: int) -> None:
    team = acme().teams.filter(name="one").first() or accounts.create_team(actor=SYSTEM, organization=acme(), name="one")
    accounts.set_team_member(actor=SYSTEM, team=team, user=make_user(f"player{number}"))


def add_entry(number: int) -> None:
    audit.record(actor=SYSTEM, operation="Test", target_kind="test", target_name=str(number))


def add_job(number: int) -> None:
    jobs.enqueue("test.kind", str(number), SYSTEM)


def add_log_line(number: int) -> None:
    job = Job.objects.first() or jobs.enqueue("test.kind", "", SYSTEM)
    Job.objects.filter(id=job.id).update(id="00000000-0000-0000-0000-000000000001")
    jobs.log(Job.objects.get(), str(number))


def add_collection(number: int) -> None:
    access.create_collection(actor=SYSTEM, path=f"/Shared/number{number}")


def add_grant(number: int) -> None:
    make_user(f"holder{number}")
    add_collection(number)
    access.create_grant(actor=SYSTEM, subject=f"user:holder{number}", role="View Only", collection=f"/Shared/number{number}")


def add_role(number: int) -> None:
    access.create_role(actor=SYSTEM, name=f"Role {number}", operations={})


def add_role_version(number: int) -> None:
    role = Role.objects.filter(name="Custom").first() or access.create_role(actor=SYSTEM, name="Custom", operations={})
    access.update_role(actor=SYSTEM, role=role, description=str(number))


def add_bundle(number: int) -> None:
    certificates.ensure_authorities()
    certificates.create_bundle(actor=SYSTEM, user=make_user(f"owner{number}"), name="laptop")


LISTS: dict[str, Callable[[int], None]] = {
    "users/": add_user,
    "organizations/": add_organization,
    "subjects/": add_team,
    "organizations/everyone/members/": add_user,
    "organizations/acme/members/": add_member,
    "organizations/acme/service-accounts/": add_service_account,
    "organizations/acme/service-accounts/ci/bundles/": add_bundle_of_service_account,
    "organizations/acme/teams/": add_team,
    "organizations/acme/teams/one/members/": add_team_member,
    "audit/": add_entry,
    "jobs/": add_job,
    "jobs/00000000-0000-0000-0000-000000000001/log": add_log_line,
    "collections/": add_collection,
    "grants/": add_grant,
    "roles/": add_role,
    "roles/Custom/history/": add_role_version,
    "bundles/": add_bundle,
}


@pytest.mark.parametrize("path", LISTS)
def test_the_number_of_queries_does_not_grow_with_the_list(path: str, as_root: APIClient) -> None:
    def queries_and_rows() -> tuple[int, int]:
        as_root.get(f"/api/v1/{path}")  # the policy is loaded here, not below
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answer = as_root.get(f"/api/v1/{path}")
        assert answer.status_code == 200, answer.content
        return len(captured), len(answer.json()["results"])

    LISTS[path](1)
    LISTS[path](2)
    few, rows = queries_and_rows()
    for number in range(3, 13):
        LISTS[path](number)
    many, more_rows = queries_and_rows()
    assert more_rows >= rows + 10
    assert many == few
