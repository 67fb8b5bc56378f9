"""Who is calling, with real certificates, sessions and statements, on a real database used from threads."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import io
import threading
import time
import uuid
import zipfile
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
import trustme
from asgiref.sync import sync_to_async
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from apps.access.selectors.policy import store
from apps.access.services import create_grant
from apps.accounts.models import Session, User
from apps.accounts.services import create_service_account, sign_in, sign_out, update_service_account, update_user
from apps.accounts.services.sessions import credential_of
from apps.certificates.models import Bundle
from apps.certificates.selectors import verify_client
from apps.certificates.services import create_bundle, delete_bundle, ensure_authorities
from apps.certificates.types import ClientIdentity
from apps.core import clock, signing
from apps.core.actor import Actor, ActorKind
from apps.core.errors import NotSignedIn
from apps.gateway.edge.exchange import Peer, Request
from apps.gateway.identity import Identities
from tests.support.accounts import PASSWORD, SYSTEM, actor_of, make_organization, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bob(transactional_db: None) -> Iterator[User]:
    store.forget()
    yield make_user("bob")
    store.forget()


@pytest_asyncio.fixture
async def identities(bob: User) -> AsyncIterator[Identities]:
    """With everything that keeps them current running, as in a worker."""
    made = Identities()
    tasks = [
        asyncio.create_task(store.follow()),
        asyncio.create_task(made.follow(list, lambda: None)),
    ]
    while not store.is_loaded:
        await asyncio.sleep(0.01)
    yield made
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    made.close()


def bundle_of(user: User, name: str = "laptop", *, actor: Actor | None = None) -> tuple[Bundle, bytes]:
    """A new bundle and its certificate's DER. Args: actor: who makes it; the user unless told."""
    ensure_authorities()
    bundle, content = create_bundle(actor=actor or actor_of(user), user=user, name=name)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        pem = archive.read("cert.pem")
    return bundle, x509.load_pem_x509_certificates(pem)[0].public_bytes(Encoding.DER)


def request(**headers: str) -> Request:
    return Request("GET", "/info", headers={name.replace("_", "-"): value for name, value in headers.items()})


def session_of(user: User) -> tuple[Session, str]:
    return sign_in(username=user.username, password=PASSWORD, address="192.0.2.1", user_agent="test", request_id="r")


async def ends_within(seconds: float, identities: Identities, peer: Peer, asked: Request) -> float:
    """How long a credential still signs in."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        try:
            await identities.identify(peer, asked)
        except NotSignedIn:
            return time.monotonic() - started
        await asyncio.sleep(0.02)
    raise AssertionError("the credential still holds")


async def test_a_bundle_signs_in(identities: Identities, bob: User) -> None:
    bundle, der = await sync_to_async(bundle_of)(bob)
    actor = await identities.identify(Peer("192.0.2.7", der), request(), request_id="r1")
    assert (actor.id, actor.name, actor.is_administrator) == (bob.id, "bob", False)
    assert (actor.address, actor.request_id, actor.credential) == ("192.0.2.7", "r1", f"bundle:{bundle.id}")
    assert identities.still_valid(actor)


def machine_of_acme() -> User:
    return create_service_account(actor=SYSTEM, organization=make_organization("acme"), name="ci")


async def test_a_service_accounts_bundle_signs_in_under_its_whole_name(identities: Identities) -> None:
    def make() -> tuple[User, bytes]:
        machine = machine_of_acme()
        create_grant(actor=SYSTEM, subject="service-account:acme/ci", role="View Only", collection="/Shared")
        return machine, bundle_of(machine, actor=SYSTEM)[1]

    machine, der = await sync_to_async(make)()
    actor = await identities.identify(Peer("192.0.2.7", der), request())
    assert (actor.kind, actor.id, actor.name) == (ActorKind.SERVICE_ACCOUNT, machine.id, "acme/ci")
    assert identities.still_valid(actor)
    await sync_to_async(store.refresh)()  # what was granted a moment ago; following would notice by itself, somewhat later
    shared, root = store.current.by_path("/Shared"), store.current.by_path("/")
    assert store.current.may(actor, "Service View", shared)
    assert not store.current.may(actor, "Node Schedule", shared)  # which everyone has, and it is not of everyone
    assert not store.current.may(actor, "Service View", root)


async def test_a_deactivated_service_account_ends_within_a_second(identities: Identities) -> None:
    def make() -> tuple[User, bytes]:
        machine = machine_of_acme()
        return machine, bundle_of(machine, actor=SYSTEM)[1]

    machine, der = await sync_to_async(make)()
    actor = await identities.identify(Peer("", der), request())
    await sync_to_async(update_service_account)(actor=SYSTEM, account=machine, is_active=False)
    assert await ends_within(1.0, identities, Peer("", der), request()) < 1.0
    assert not identities.still_valid(actor)


async def test_bundle_and_session_of_a_renamed_user_sign_in_under_the_new_name(identities: Identities, bob: User) -> None:
    _, der = await sync_to_async(bundle_of)(bob)
    _, token = await sync_to_async(session_of)(bob)
    asked = ((Peer("", der), request()), (Peer("192.0.2.7"), request(authorization=f"Bearer {token}")))
    for peer, request_ in asked:
        assert (await identities.identify(peer, request_)).name == "bob"
    await sync_to_async(update_user)(actor=SYSTEM, user=bob, username="robert")
    started = time.monotonic()
    for peer, request_ in asked:
        while (actor := await identities.identify(peer, request_)).name != "robert":
            assert time.monotonic() - started < 1.0
            await asyncio.sleep(0.02)
        assert (actor.id, identities.still_valid(actor)) == (bob.id, True)


async def test_a_deleted_bundle_ends_within_a_second(identities: Identities, bob: User) -> None:
    bundle, der = await sync_to_async(bundle_of)(bob)
    actor = await identities.identify(Peer("192.0.2.7", der), request())
    await sync_to_async(delete_bundle)(actor=actor_of(bob), bundle=bundle)
    assert await ends_within(1.0, identities, Peer("192.0.2.7", der), request()) < 1.0
    assert not identities.still_valid(actor)


async def test_a_bundle_deleted_while_it_is_looked_up_signs_nobody_in(
    identities: Identities, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, der = await sync_to_async(bundle_of)(bob)
    looked_up, refreshed = threading.Event(), threading.Event()
    verify, refreshes = verify_client, identities._refreshes

    def verify_slowly(certificate: bytes) -> ClientIdentity:
        found = verify(certificate)
        looked_up.set()
        assert refreshed.wait(5)
        return found

    monkeypatch.setattr("apps.gateway.identity.verify_client", verify_slowly)
    asked = asyncio.create_task(identities.identify(Peer("192.0.2.7", der), request()))
    assert await asyncio.to_thread(looked_up.wait, 5)
    await sync_to_async(delete_bundle)(actor=actor_of(bob), bundle=bundle)
    while identities._refreshes == refreshes:
        await asyncio.sleep(0.01)
    refreshed.set()
    with pytest.raises(NotSignedIn):
        await asked


async def test_a_foreign_certificate_is_told_why(identities: Identities) -> None:
    pem = trustme.CA().issue_cert("bob@example.org").cert_chain_pems[0].bytes()
    der = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    with pytest.raises(NotSignedIn, match="not issued by this installation"):
        await identities.identify(Peer("192.0.2.7", der), request())


async def test_an_expired_bundle_signs_nobody_in(identities: Identities, bob: User) -> None:
    bundle, der = await sync_to_async(bundle_of)(bob)
    actor = await identities.identify(Peer("", der), request())
    past = clock.now() - datetime.timedelta(seconds=1)
    await Bundle.objects.filter(id=bundle.id).aupdate(expires_at=past)
    fresh = Identities()
    with pytest.raises(NotSignedIn, match="expired"):
        await fresh.identify(Peer("", der), request())
    fresh.close()
    assert actor.is_signed_in


async def test_a_session_token_signs_in_until_it_is_signed_out(identities: Identities, bob: User) -> None:
    session, token = await sync_to_async(session_of)(bob)
    asked = request(authorization=f"Bearer {token}")
    actor = await identities.identify(Peer("192.0.2.7"), asked)
    assert actor.credential == credential_of(session)
    await sync_to_async(sign_out)(actor=actor)
    assert await ends_within(1.0, identities, Peer("192.0.2.7"), asked) < 1.0
    assert not identities.still_valid(actor)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic Ym9iOng=", "Bearer qds_é"])
async def test_anything_else_signs_nobody_in(identities: Identities, header: str) -> None:
    with pytest.raises(NotSignedIn):
        await identities.identify(Peer("192.0.2.7"), request(authorization=header))


async def test_a_deactivated_account_ends_within_a_second(identities: Identities, bob: User) -> None:
    _, der = await sync_to_async(bundle_of)(bob)
    actor = await identities.identify(Peer("", der), request())
    await sync_to_async(update_user)(actor=SYSTEM, user=bob, is_active=False)
    assert await ends_within(1.0, identities, Peer("", der), request()) < 1.0
    assert not identities.still_valid(actor)


async def test_an_account_that_is_active_again_signs_in_within_a_second(identities: Identities, bob: User) -> None:
    _, der = await sync_to_async(bundle_of)(bob)
    await identities.identify(Peer("", der), request())
    await sync_to_async(update_user)(actor=SYSTEM, user=bob, is_active=False)
    await ends_within(1.0, identities, Peer("", der), request())
    await asyncio.sleep(0.6)  # every revision was seen
    await sync_to_async(update_user)(actor=SYSTEM, user=bob, is_active=True)
    for _ in range(50):
        with contextlib.suppress(NotSignedIn):
            assert (await identities.identify(Peer("", der), request())).name == "bob"
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the bundle is still refused")


async def test_an_account_of_a_moment_ago_is_known(identities: Identities) -> None:
    def make() -> bytes:
        return bundle_of(make_user("eve"))[1]

    der = await sync_to_async(make)()
    assert (await identities.identify(Peer("", der), request())).name == "eve"


async def test_our_own_processes_say_for_whom_they_ask(identities: Identities, bob: User) -> None:
    statement = signing.sign(signing.ACTOR, actor_of(bob).to_payload())
    actor = await identities.identify(Peer("", is_internal=True), request(quarterdeck_actor=statement))
    assert actor == actor_of(bob)
    system = signing.sign(signing.ACTOR, Actor.system("node labels").to_payload())
    assert (await identities.identify(Peer("", is_internal=True), request(quarterdeck_actor=system))).is_administrator


async def test_a_statement_counts_only_on_the_internal_socket_and_for_its_purpose(identities: Identities, bob: User) -> None:
    payload = actor_of(bob).to_payload()
    statement = signing.sign(signing.ACTOR, payload)
    with pytest.raises(NotSignedIn):
        await identities.identify(Peer("192.0.2.7"), request(quarterdeck_actor=statement))
    for bad in ("", statement[:-2], signing.sign(signing.EDGE, payload), signing.sign(signing.ACTOR, {"kind": "user"})):
        with pytest.raises(NotSignedIn):
            await identities.identify(Peer("", is_internal=True), request(quarterdeck_actor=bad))
    anonymous = signing.sign(signing.ACTOR, Actor.anonymous().to_payload())
    with pytest.raises(NotSignedIn):
        await identities.identify(Peer("", is_internal=True), request(quarterdeck_actor=anonymous))


async def test_a_statement_about_an_unknown_user_is_refused(identities: Identities, bob: User) -> None:
    payload = {**actor_of(bob).to_payload(), "id": str(uuid.uuid4())}
    with pytest.raises(NotSignedIn):
        await identities.identify(Peer("", is_internal=True), request(quarterdeck_actor=signing.sign(signing.ACTOR, payload)))


async def test_known_credentials_cost_no_query(identities: Identities, bob: User) -> None:
    _, der = await sync_to_async(bundle_of)(bob)
    peer = Peer("", der)
    await identities.identify(peer, request())
    started = time.perf_counter()
    for _ in range(1000):
        await identities.identify(peer, request())
    assert time.perf_counter() - started < 0.5
