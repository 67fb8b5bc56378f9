"""The job that writes node labels, run as a worker runs it."""

from __future__ import annotations

import pytest

from apps.access import services as access
from apps.access.types import AdoptableObject, ObjectKind
from apps.core.actor import Actor
from apps.jobs.models import Job
from apps.orchestration import services, tasks
from apps.orchestration.models import Cluster
from tests.orchestration.conftest import ScriptedGateway, collection


def _run(cluster: Cluster) -> Job:
    job = services.enqueue_node_labels(actor=Actor.system("tests"), cluster=cluster)
    tasks.sync_node_labels(str(job.id))
    return Job.objects.get(id=job.id)


@pytest.mark.usefixtures("redis_server")
@pytest.mark.django_db(transaction=True)
def test_a_node_gets_a_label_for_its_collection_and_each_above_it(cluster: Cluster, gateway: ScriptedGateway) -> None:
    access.adopt(cluster_id=cluster.id, objects=[AdoptableObject(ObjectKind.NODE, "n1", "worker-1", role="worker")])
    spec = {"Role": "worker", "Availability": "active", "Labels": {"zone": "a", "com.docker.ucp.collection.old": "true"}}
    gateway.answer("GET", "/nodes", 200, [{"ID": "n1", "Version": {"Index": 3}, "Spec": spec}])
    gateway.answer("POST", "/nodes/n1/update", 200)

    job = _run(cluster)

    assert (job.state, job.result) == ("succeeded", {"nodes": 1, "changed": 1}), job.error
    written = {f"com.docker.ucp.collection.{collection(path)}": "true" for path in ("/", "/Shared")}
    assert gateway.asked[-1].body == {**spec, "Labels": {"zone": "a", **written}}
    assert gateway.asked[-1].target == "/nodes/n1/update?version=3"
    assert gateway.asked[-1].actor.kind == "system"


@pytest.mark.usefixtures("redis_server")
@pytest.mark.django_db(transaction=True)
def test_a_node_that_is_right_is_not_written(cluster: Cluster, gateway: ScriptedGateway) -> None:
    access.adopt(cluster_id=cluster.id, objects=[AdoptableObject(ObjectKind.NODE, "n1", "worker-1", role="worker")])
    labels = {f"com.docker.ucp.collection.{collection(path)}": "true" for path in ("/", "/Shared")}
    gateway.answer("GET", "/nodes", 200, [{"ID": "n1", "Version": {"Index": 3}, "Spec": {"Role": "worker", "Labels": labels}}])

    assert _run(cluster).result == {"nodes": 1, "changed": 0}


@pytest.mark.usefixtures("redis_server")
@pytest.mark.django_db(transaction=True)
def test_an_engine_that_is_away_fails_the_job_with_a_sentence(cluster: Cluster) -> None:
    job = _run(cluster)

    assert (job.state, job.error) == ("failed", "our gateway does not answer; try again in a moment")
