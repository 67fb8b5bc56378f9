"""Attaching and detaching clusters."""

from __future__ import annotations

import logging
import uuid
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import QuerySet

from apps.audit import services as audit
from apps.configuration import services as configuration
from apps.configuration.types import Topic
from apps.core import names
from apps.core.actor import Actor
from apps.core.authorization import require_administrator
from apps.core.errors import Conflict, EngineUnavailable, InvalidInput, NotFound
from apps.orchestration.clients.gateway import EngineClient
from apps.orchestration.models import Cluster, FormerCluster
from apps.orchestration.services import node_labels
from apps.orchestration.types import ClusterKind, ClusterState, EngineFacts

logger = logging.getLogger(__name__)
_URL_MAX_CHARS = 300


def probe_engine(*, actor: Actor, url: str) -> EngineFacts | None:
    """Asks the gateway to try the connection, because only the gateway connects to engines.

    Returns None where the gateway cannot be asked now: the cluster then stays "unknown" until the projector has seen it.

    Raises:
        InvalidInput: the address has another form.
        EngineUnavailable: the gateway tried and did not reach an engine there, with the reason.
    """
    require_administrator(actor, "attach clusters")
    try:
        answer = EngineClient(actor).post("/quarterdeck/probe", {"url": checked_url(url)})
    except NotFound:
        return None
    except EngineUnavailable as error:
        if isinstance(error.__cause__, OSError):
            logger.info("an engine is attached without a test, the gateway does not answer")
            return None
        raise
    return EngineFacts(
        version=answer["version"],
        api_version=answer["api_version"],
        engine_id=answer["engine_id"],
        swarm_id=answer["swarm_id"],
        is_manager=answer["is_manager"],
    )


def attach_cluster(
    *, actor: Actor, name: str, url: str, is_private: bool = False, facts: EngineFacts | None = None
) -> tuple[Cluster, bool]:
    """Attaches an engine. The same address again changes nothing.

    Args:
        name: letters, digits and single separators, as of accounts.
        url: unix:///path or tcp://host:port of the manager's engine.
        is_private: we started it under our data directory. Such an engine may come back at another address.
        facts: what `probe_engine` found.

    Returns:
        The cluster, and whether it is new.

    Raises:
        Refused: the actor is not an administrator.
        InvalidInput, Conflict: another form of address or name; another cluster has that name.
    """
    require_administrator(actor, "attach clusters")
    name, url = names.account_name(name), checked_url(url)
    with transaction.atomic():
        existing = Cluster.objects.select_for_update().filter(url=url).first()
        if existing is not None:
            return existing, False
        moved = Cluster.objects.select_for_update().filter(name=name).first()
        if moved is not None and not (is_private and moved.is_private):
            raise Conflict(f"another cluster is named {name}: it is attached at another address", field="name")
        cluster = moved or Cluster(id=_id_of(facts), name=name, kind=ClusterKind.ENGINE, is_private=is_private)
        cluster.url = url
        _take_facts(cluster, facts)
        cluster.save()
        _record(actor, "Cluster Attach", cluster)
        configuration.bump(Topic.CLUSTERS)
        if cluster.kind == ClusterKind.SWARM:
            node_labels.enqueue_node_labels(actor=actor, cluster=cluster)
    return cluster, moved is None


def detach_cluster(*, actor: Actor, cluster: Cluster) -> None:
    """Lets a cluster go and takes our labels from its nodes, which are all that attaching wrote. Its workloads go on, and
    are in their collections again when it is attached again.

    An engine that cannot be reached is detached all the same: its labels stay, and do nothing without us.

    Raises:
        Refused: the actor is not an administrator.
    """
    require_administrator(actor, "detach clusters")
    try:
        node_labels.remove_node_labels(cluster)
    except EngineUnavailable as error:
        logger.warning("node labels of %s stay, it cannot be reached: %s", cluster.name, error)
    with transaction.atomic():
        _record(actor, "Cluster Detach", cluster)
        FormerCluster.objects.create(id=cluster.id, swarm_id=cluster.swarm_id, engine_id=cluster.engine_id)
        cluster.delete()
        configuration.bump(Topic.CLUSTERS)


def _id_of(facts: EngineFacts | None) -> uuid.UUID:
    """The one it had before it was detached; else a new one."""
    former = _formers(facts).order_by("-detached_at").first() if facts is not None else None
    if former is None:
        return uuid.uuid4()
    id_ = former.id
    former.delete()
    return id_


def _formers(facts: EngineFacts) -> QuerySet[FormerCluster]:
    """A swarm is known by its id, at whichever of its managers it is attached; without an id nothing is known."""
    if facts.swarm_id:
        return FormerCluster.objects.filter(swarm_id=facts.swarm_id)
    return FormerCluster.objects.filter(swarm_id="", engine_id=facts.engine_id).exclude(engine_id="")


def checked_url(url: str) -> str:
    """The address in one spelling. Raises InvalidInput where it is neither unix:///path nor tcp://host:port."""
    if len(url) > _URL_MAX_CHARS:
        raise InvalidInput.field("url", f"is longer than {_URL_MAX_CHARS} characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidInput.field("url", "is not an address") from error
    if parts.query or parts.fragment or parts.username or not url.isprintable():
        raise InvalidInput.field("url", "must be only an address: unix:///path or tcp://host:port")
    if parts.scheme == "unix" and not parts.netloc and parts.path.startswith("/"):
        return url
    if parts.scheme == "tcp" and parts.hostname and port and parts.path in ("", "/"):
        return f"tcp://{parts.netloc}"
    raise InvalidInput.field("url", "must be unix:///path or tcp://host:port")


def _take_facts(cluster: Cluster, facts: EngineFacts | None) -> None:
    if facts is None:
        cluster.state = ClusterState.UNKNOWN
        return
    cluster.kind = ClusterKind.SWARM if facts.is_manager else ClusterKind.ENGINE
    cluster.version, cluster.api_version = facts.version, facts.api_version
    cluster.engine_id, cluster.swarm_id = facts.engine_id, facts.swarm_id


def _record(actor: Actor, operation: str, cluster: Cluster) -> None:
    audit.record(
        actor=actor,
        operation=operation,
        target_kind="cluster",
        target_id=str(cluster.id),
        target_name=cluster.name,
        detail={"url": cluster.url},
    )
