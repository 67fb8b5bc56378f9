"""Accounts for tests, made by the product's own services, and REST clients that signed in by the product's own login."""

from __future__ import annotations

import uuid
from typing import Any

from rest_framework.test import APIClient

from apps.accounts import services
from apps.accounts.models import Organization, User
from apps.core import signing
from apps.core.actor import Actor

PASSWORD = "correct horse battery"
SYSTEM = Actor.system("tests")
HTTPS = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_HOST": "qd.example"}
ORIGIN = "https://qd.example"


def make_user(username: str, **fields: Any) -> User:
    return services.create_user(actor=SYSTEM, username=username, password=PASSWORD, **fields)


def make_organization(name: str, *, admins: tuple[User, ...] = (), members: tuple[User, ...] = ()) -> Organization:
    organization = services.create_organization(actor=SYSTEM, name=name)
    for user in (*admins, *members):
        services.set_member(actor=SYSTEM, organization=organization, user=user, is_admin=user in admins)
    return organization


def actor_of(user: User) -> Actor:
    return services.actor_of_user(user, address="192.0.2.1", request_id="test", credential="")


def anonymous_client(**defaults: Any) -> APIClient:
    return APIClient(raise_request_exception=False, enforce_csrf_checks=True, **HTTPS, **defaults)


def client_of(user: User) -> APIClient:
    """Signed in by a bearer token."""
    answer = anonymous_client().post("/api/v1/auth/login", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 200, answer.content
    return anonymous_client(HTTP_AUTHORIZATION=f"Bearer {answer.json()['token']}")


def machine_client_of(account: User) -> APIClient:
    """Signed in by a client certificate, as the gateway passes it on: the one way of a service account."""
    actor = services.actor_of_user(account, address="192.0.2.1", request_id="test", credential=f"bundle:{uuid.uuid4()}")
    statement = {"address": actor.address, "request_id": actor.request_id, "actor": actor.to_payload()}
    return anonymous_client(HTTP_QUARTERDECK_EDGE=signing.sign(signing.EDGE, statement))
