"""Reading who still holds a credential, and what a stream is of. All of it blocks: called in a thread."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from apps.accounts import selectors as accounts
from apps.accounts import services as accounts_services
from apps.accounts.models import Session
from apps.certificates.models import Bundle
from apps.core import clock
from apps.core.actor import Actor
from apps.core.errors import NotSignedIn
from apps.orchestration import selectors as orchestration
from apps.orchestration.rules import summaries
from apps.streams.types import Caller


@dataclass(frozen=True, slots=True)
class LogSource:
    """What a log is of. Args: name: of the service or container; has_terminal: None where only the engine knows."""

    cluster_name: str
    id: str
    name: str
    has_terminal: bool | None


def caller_by_cookie(token: str, *, address: str, request_id: str) -> Caller:
    """Raises NotSignedIn where the session is unknown or ended."""
    session = accounts.session_by_token(token)
    if session is None:
        raise NotSignedIn("your session has ended; sign in again")
    actor = accounts_services.actor_of_user(
        session.user, address=address, request_id=request_id, credential=accounts_services.credential_of(session)
    )
    return Caller(actor, session.expires_at)


def caller_by_ticket(actor: Actor, *, address: str, request_id: str) -> Caller:
    """Raises NotSignedIn where the account or the credential that got the ticket has ended meanwhile."""
    user = accounts.active_user(actor.id) if actor.id else None
    if user is None or actor.credential not in live_credentials([actor.credential]):
        raise NotSignedIn("the account or the session that got the ticket has ended")
    refreshed = accounts_services.actor_of_user(user, address=address, request_id=request_id, credential=actor.credential)
    return Caller(refreshed)


def live_credentials(credentials: Iterable[str]) -> set[str]:
    """Which of "session:<id>" and "bundle:<id>" are still good, in two queries. What has another form is not."""
    ids: dict[str, list[uuid.UUID]] = {"session": [], "bundle": []}
    for credential in credentials:
        kind, _, text = credential.partition(":")
        if kind in ids:
            ids[kind].append(uuid.UUID(text))
    now = clock.now()
    sessions = Session.objects.filter(id__in=ids["session"], expires_at__gt=now, user__is_active=True)
    bundles = Bundle.objects.filter(id__in=ids["bundle"], expires_at__gt=now, user__is_active=True)
    return {f"session:{id_}" for id_ in sessions.values_list("id", flat=True)} | {
        f"bundle:{id_}" for id_ in bundles.values_list("id", flat=True)
    }


def service_log_source(actor: Actor, service_id: str) -> LogSource:
    """Raises NotFound where there is no such service, or the actor may not see it."""
    service = orchestration.View(actor).service(service_id).service
    container = service.object["Spec"]["TaskTemplate"].get("ContainerSpec") or {}
    return LogSource(orchestration.cluster_of(service).name, service.id, service.name, bool(container.get("TTY")))


def container_source(actor: Actor, container_id: str) -> LogSource:
    """Raises NotFound where there is no such container, or the actor may not see it."""
    container = orchestration.View(actor).container(container_id).container
    name = summaries.container_name(container.object)
    return LogSource(orchestration.cluster_of(container).name, container.id, name, None)


def task_names(actor: Actor, service_id: str) -> dict[str, str]:
    """Task id to `web.1`, for the tasks of a service that the actor may see."""
    return {row.task.id: row.name for row in orchestration.View(actor).tasks(service_id=service_id)}
