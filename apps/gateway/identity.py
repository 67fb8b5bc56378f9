"""Who is calling: from a client certificate, a session token, or a statement of one of our own processes.

What a credential belongs to is looked up once and kept, at most until it expires or the revision CREDENTIALS moves; then
everything kept is looked up again in one query a kind. Whether the account is active, and an administrator, is asked of
the current policy every time. So a request costs no query, and the end of a credential is noticed within a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from django.db import DatabaseError, close_old_connections

from apps.access.selectors.policy import store
from apps.accounts.models import Session
from apps.accounts.selectors import session_by_token
from apps.certificates.errors import BadCertificate
from apps.certificates.models import Bundle
from apps.certificates.selectors import verify_client
from apps.certificates.services import record_use
from apps.configuration.selectors import revisions
from apps.configuration.types import Topic
from apps.core import clock, notices, signing
from apps.core.actor import Actor, account_kind
from apps.core.errors import NotSignedIn
from apps.gateway.edge.exchange import Peer, Request

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
RECHECK_SECONDS = 30.0
BAD_CERTIFICATE_SECONDS = 1.0
TOUCH_SECONDS = 60.0
MAX_KNOWN = 10_000

Result = TypeVar("Result")


@dataclass(slots=True)
class _Known:
    """A credential that was looked up. `refusal` is set where it is none."""

    user_id: uuid.UUID | None
    credential: str
    expires_at: float
    refusal: str = ""
    touch_after: float = 0.0


class Identities:
    """The credentials one worker knows."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._expiry: dict[str, float] = {}
        self._ended: set[str] = set()
        self._revision: int | None = None
        self._refreshes = 0
        self._checked_at = 0.0
        self._executor = ThreadPoolExecutor(2, thread_name_prefix="identity")

    async def identify(self, peer: Peer, request: Request, *, request_id: str = "") -> Actor:
        """The one who sent a request to the Docker API.

        Raises:
            NotSignedIn: with the reason: no credential, or one that does not hold.
        """
        if peer.is_internal:
            return self._from_statement(request)
        actor = await self.from_certificate(peer, request_id=request_id)
        if actor is not None:
            return actor
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotSignedIn("sign in first: use a client certificate of a client bundle, or a Bearer token")
        key = hashlib.sha256(token.encode("latin-1")).digest()
        known = await self._lookup(key, partial(_session, token))
        return self._actor(known, peer, request_id)

    async def from_certificate(self, peer: Peer, *, request_id: str = "") -> Actor | None:
        """The certificate's account; None where the client showed no certificate.

        Raises:
            NotSignedIn: the certificate is revoked, expired or foreign, or its account is not active.
        """
        if peer.certificate is None:
            return None
        known = await self._lookup(peer.certificate, partial(_certificate, peer.certificate))
        actor = self._actor(known, peer, request_id)
        self._touch(known, peer.address)
        return actor

    def still_valid(self, actor: Actor) -> bool:
        """Whether credential and account still hold, from memory."""
        if actor.id is None:  # our own work, or nobody; neither holds a credential that could end
            return True
        user = store.current.user(actor.id)
        if user is None or not user.is_active or actor.credential in self._ended:
            return False
        return self._expiry.get(actor.credential, float("inf")) > time.time()

    async def follow(self, actors: Callable[[], Iterable[Actor]], on_change: Callable[[], None]) -> None:
        """Keeps what is known true, until cancelled.

        Args:
            actors: those for whom something is running; their credentials are looked after too.
            on_change: called after something may have ended.
        """
        changed = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(notices.wake(changed, Topic.CREDENTIALS.value))
            while True:
                changed.clear()
                try:
                    if await self._in_thread(partial(self._refresh, list(actors()))):
                        on_change()
                except DatabaseError as error:
                    logger.warning("credentials cannot be read, what is known stays: %s", error)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await changed.wait()

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    # Inside.

    def _from_statement(self, request: Request) -> Actor:
        try:
            actor = Actor.from_payload(signing.verify(signing.ACTOR, request.headers.get("quarterdeck-actor", "")))
        except (signing.BadStatement, KeyError, ValueError) as error:
            raise NotSignedIn(f"the statement about the actor is not valid: {error}") from error
        if not actor.is_signed_in or not self.still_valid(actor):
            raise NotSignedIn(f"{actor.name} is not signed in")
        return actor

    def _actor(self, known: _Known, peer: Peer, request_id: str) -> Actor:
        if known.refusal or known.user_id is None:
            raise NotSignedIn(known.refusal)
        if known.expires_at <= time.time() or known.credential in self._ended:
            raise NotSignedIn("the credential has expired")
        user = store.current.user(known.user_id)
        if user is None or not user.is_active:
            raise NotSignedIn("the account is not active")
        kind = account_kind(user.username)
        return Actor(kind, known.user_id, user.username, user.is_admin, peer.address, request_id, known.credential)

    async def _lookup(self, key: bytes, load: Callable[[], _Known]) -> _Known:
        known = self._known.get(key)
        if known is None or (known.refusal and known.expires_at <= time.time()):
            known = self._known[key] = await self._load(load)
            self._expiry[known.credential] = known.expires_at
            if len(self._known) > MAX_KNOWN:
                _, oldest = self._known.popitem(last=False)
                self._expiry.pop(oldest.credential, None)
        return known

    async def _load(self, load: Callable[[], _Known]) -> _Known:
        """Once more where a refresh began meanwhile: what was loaded may have ended since, unseen by that refresh."""
        while True:
            refreshes = self._refreshes
            known = await self._in_thread(load)
            if refreshes == self._refreshes:
                return known

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, _with_fresh_connection, work)

    def _refresh(self, actors: list[Actor]) -> bool:
        """Looks everything up again where the revision moved, and what is running every 30 s."""
        revision = revisions().get(Topic.CREDENTIALS, 0)
        is_due = time.monotonic() - self._checked_at > RECHECK_SECONDS
        if revision == self._revision and not is_due:
            return False
        self._refreshes += 1  # before what is known is read
        in_use = {actor.credential for actor in actors} | {known.credential for known in list(self._known.values())}
        alive = _alive(in_use)
        ended = {credential for credential in in_use if credential.partition(":")[0] in _KINDS} - set(alive)
        self._ended = ended
        self._expiry = alive
        for key, known in list(self._known.items()):
            if known.credential in ended or known.refusal:
                self._known.pop(key, None)
        self._revision, self._checked_at = revision, time.monotonic()
        return True

    def _touch(self, known: _Known, address: str) -> None:
        """Notes, at most once a minute, that a bundle is in use."""
        now = time.monotonic()
        if now >= known.touch_after:
            known.touch_after = now + TOUCH_SECONDS
            self._executor.submit(_with_fresh_connection, partial(_note_use, known.credential, address))


_KINDS = ("session", "bundle")


def _with_fresh_connection(work: Callable[[], Result]) -> Result:
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()


def _certificate(der: bytes) -> _Known:
    try:
        identity = verify_client(der)
    except BadCertificate as error:
        return _Known(None, "", time.time() + BAD_CERTIFICATE_SECONDS, refusal=error.detail)
    _know_user(identity.user_id)
    return _Known(identity.user_id, f"bundle:{identity.bundle_id}", identity.expires_at.timestamp())


def _session(token: str) -> _Known:
    session = session_by_token(token)
    if session is None:
        return _Known(None, "", 0.0, refusal="the token is unknown, or its session has ended")
    _know_user(session.user_id)
    return _Known(session.user_id, f"session:{session.id}", session.expires_at.timestamp())


def _know_user(user_id: uuid.UUID) -> None:
    """An account made a moment ago may not be in this process's policy yet."""
    if store.current.user(user_id) is None:
        store.refresh()


def _alive(credentials: set[str]) -> dict[str, float]:
    """Those that still hold, with the time they end."""
    ids: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    for credential in credentials:
        kind, _, id_ = credential.partition(":")
        if kind in ids:
            ids[kind].append(id_)
    sessions = Session.objects.filter(id__in=ids["session"], expires_at__gt=clock.now(), user__is_active=True)
    bundles = Bundle.objects.filter(id__in=ids["bundle"], expires_at__gt=clock.now(), user__is_active=True)
    alive = {f"session:{id_}": end.timestamp() for id_, end in sessions.values_list("id", "expires_at")}
    alive.update({f"bundle:{id_}": end.timestamp() for id_, end in bundles.values_list("id", "expires_at")})
    return alive


def _note_use(credential: str, address: str) -> None:
    try:
        record_use(bundle_id=uuid.UUID(credential.partition(":")[2]), address=address)
    except DatabaseError as error:
        logger.warning("the use of %s was not noted: %s", credential, error)
