"""`/jobs/`: background work, how far it is, its log, and its cancellation."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.rest import ListQuery, Serializer, actor_of, capabilities_schema, page, page_schema, validated
from apps.jobs import selectors, services
from apps.jobs.models import Job
from apps.jobs.types import ENDED, State

STATES = [(state.value, state.value) for state in State]


class JobQuery(ListQuery):
    kind = serializers.CharField(required=False)
    state = serializers.ChoiceField(required=False, choices=STATES)
    search = serializers.CharField(required=False, help_text="A part of the kind, the target or the actor's name.")
    ordering = serializers.ChoiceField(required=False, choices=["created_at", "-created_at"], default="-created_at")


class JobSerializer(Serializer):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    target = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    progress = serializers.IntegerField(help_text="Percent.")
    message = serializers.CharField()
    result = serializers.DictField()
    error = serializers.CharField()
    attempts = serializers.IntegerField()
    actor = serializers.CharField(source="actor_name")
    cancel_requested = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    capabilities = serializers.SerializerMethodField()

    @extend_schema_field(capabilities_schema("JobCapabilities", "cancel"))
    def get_capabilities(self, job: Job) -> dict[str, bool]:
        return {"cancel": job.state not in ENDED and selectors.may_cancel(self.context["actor"], job)}


class JobLogLineSerializer(Serializer):
    time = serializers.DateTimeField()
    text = serializers.CharField()


def accepted(request: Request, job: Job) -> Response:
    """The answer of every endpoint whose work takes long: 202 with the job, and where to ask for it."""
    body = JobSerializer(job, context={"actor": actor_of(request)}).data
    return Response(body, status=202, headers={"Location": f"/api/v1/jobs/{job.id}/"})


class JobsView(APIView):
    @extend_schema(operation_id="list_jobs", parameters=[JobQuery], responses=page_schema(JobSerializer))
    def get(self, request: Request) -> Response:
        query = validated(JobQuery, request.query_params)
        jobs = selectors.jobs_visible_to(
            actor_of(request), kind=query.get("kind", ""), state=query.get("state", ""), search=query.get("search", "")
        )
        return page(request, jobs.order_by(query["ordering"], "id"), JobSerializer)


class JobView(APIView):
    @extend_schema(operation_id="get_job", responses=JobSerializer)
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        actor = actor_of(request)
        job = selectors.job_visible_to(actor, job_id)
        return Response(JobSerializer(job, context={"actor": actor}).data)


class JobLogView(APIView):
    @extend_schema(operation_id="list_job_log", parameters=[ListQuery], responses=page_schema(JobLogLineSerializer))
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """The job's log, oldest line first."""
        validated(ListQuery, request.query_params)
        job = selectors.job_visible_to(actor_of(request), job_id)
        return page(request, selectors.log_of(job), JobLogLineSerializer)


class JobCancelView(APIView):
    @extend_schema(operation_id="cancel_job", request=None, responses={202: JobSerializer})
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """A queued job ends at once; a running one is asked to, which `state` shows when it did."""
        actor = actor_of(request)
        job = services.request_cancel(actor=actor, job=selectors.job_visible_to(actor, job_id))
        return Response(JobSerializer(job, context={"actor": actor}).data, status=202)
