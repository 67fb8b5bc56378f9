"""Reading who still holds a credential, and what a stream is of. All of it blocks: called in a thread."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from apps.access import selectors as access
from apps.access.selectors.policy import store
from apps.accounts import selectors as accounts
from apps.accounts import services as accounts_services
from apps.accounts.models import Session
from apps.certificates.models import Bundle
from apps.core import clock
from apps.core.actor import Actor
from apps.core.errors import NotSignedIn, Refused
from apps.orchestration import selectors as orchestration
from apps.orchestration.rules import summaries
from apps.orchestration.types import Projected
from apps.streams.types import Caller


@dataclass(frozen=True, slots=True)
class LogSource:
    """What a log or a terminal is of.

    Args:
        target: the service or container, as it was when the stream was opened.
        path: of the collection where it was then, "" where the caller may not know it.
        name: its name.
        has_terminal: None where only the engine knows.
    """

    cluster_name: str
    target: Projected
    path: str
    name: str
    has_terminal: bool | None

    @property
    def id(self) -> str:
        return self.target.id


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
    live = live_credentials([actor.credential])
    if user is None or actor.credential not in live:
        raise NotSignedIn("the account or the session that got the ticket has ended")
    refreshed = accounts_services.actor_of_user(user, address=address, request_id=request_id, credential=actor.credential)
    return Caller(refreshed, live[actor.credential])


def live_credentials(credentials: Iterable[str]) -> dict[str, datetime.datetime]:
    """Which of "session:<id>" and "bundle:<id>" are still good, and until when, in two queries. What has another form is
    not."""
    ids: dict[str, list[uuid.UUID]] = {"session": [], "bundle": []}
    for credential in credentials:
        kind, _, text = credential.partition(":")
        if kind in ids:
            ids[kind].append(uuid.UUID(text))
    now = clock.now()
    sessions = Session.objects.filter(id__in=ids["session"], expires_at__gt=now, user__is_active=True)
    bundles = Bundle.objects.filter(id__in=ids["bundle"], expires_at__gt=now, user__is_active=True)
    return {f"session:{id_}": end for id_, end in sessions.values_list("id", "expires_at")} | {
        f"bundle:{id_}": end for id_, end in bundles.values_list("id", "expires_at")
    }


def require_held(actor: Actor, operation: str, source: LogSource) -> None:
    """Says why the gateway ended a stream, if a right ended. The database is asked, as this process may not have heard yet.

    Raises:
        NotSignedIn: the credential or the account has ended.
        Refused: the operation is not held any more where the object is.
    """
    if actor.credential not in live_credentials([actor.credential]):
        raise NotSignedIn("your session has ended; sign in again")
    store.refresh()
    for collection_id in (source.target.collection_id, _collection_now(source.target)):
        decision = access.decide_on_held(actor, operation, collection_id, known_path=source.path)
        if not decision.allowed:
            raise Refused(decision=decision)


def _collection_now(target: Projected) -> uuid.UUID | None:
    """A task's container is where its service is, unless it has a placement of its own."""
    for kind, object_id in ((target.kind, target.id), ("service", target.service_id)):
        placed = access.placements_of(target.cluster_id, kind, [object_id])
        if object_id in placed:
            return placed[object_id].collection_id
    return None


def service_log_source(actor: Actor, service_id: str) -> LogSource:
    """Raises NotFound where there is no such service, or the actor may not see it."""
    row = orchestration.View(actor).service(service_id)
    service = row.service
    container = service.object["Spec"]["TaskTemplate"].get("ContainerSpec") or {}
    return LogSource(orchestration.cluster_of(service).name, service, row.collection, service.name, bool(container.get("TTY")))


def container_source(actor: Actor, container_id: str) -> LogSource:
    """Raises NotFound where there is no such container, or the actor may not see it."""
    row = orchestration.View(actor).container(container_id)
    name = summaries.container_name(row.container.object)
    return LogSource(orchestration.cluster_of(row.container).name, row.container, row.collection, name, None)


def task_names(actor: Actor, service_id: str) -> dict[str, str]:
    """Task id to `web.1`, for the tasks of a service that the actor may see."""
    return {row.task.id: row.name for row in orchestration.View(actor).tasks(service_id=service_id)}
