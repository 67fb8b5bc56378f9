"""`/audit/`: who did what, for administrators and whoever holds Audit View."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from apps.audit import selectors, services
from apps.audit.selectors import Cursor
from apps.audit.types import Filters, Outcome
from apps.core.rest import DEFAULT_LIMIT, ListQuery, Serializer, actor_of, page_schema, validated

OUTCOMES = [(outcome.value, outcome.value) for outcome in Outcome]
MAX_OFFSET = 10_000
CSV, NDJSON = "text/csv", "application/x-ndjson"


class FilterQuery(Serializer):
    """`from` is a word of Python, so this field and `to` are added where the others are declared."""

    actor = serializers.CharField(
        required=False, help_text="The actor's name, or id: what an account did under other names, too."
    )
    operation = serializers.CharField(required=False, help_text="For instance `Grant Create`.")
    outcome = serializers.ChoiceField(required=False, choices=OUTCOMES)
    target = serializers.CharField(required=False, help_text="The target's id, or the beginning of a word of its name.")
    target_kind = serializers.CharField(required=False, help_text="For instance `service`.")
    target_id = serializers.CharField(required=False)
    target_name = serializers.CharField(required=False, help_text="The whole name.")
    collection = serializers.CharField(required=False, help_text="A path; what is below it fits too.")
    cluster = serializers.CharField(required=False, help_text="The cluster's name.")
    address = serializers.CharField(required=False, help_text="The IP address the request came from.")
    request_id = serializers.CharField(required=False, help_text="All entries of one request.")
    search = serializers.CharField(
        required=False, help_text="Words that all stand in the entry; the last may be the beginning of one."
    )

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        fields["from"] = serializers.DateTimeField(required=False, help_text="At or after this time.")
        fields["to"] = serializers.DateTimeField(required=False, help_text="Before this time.")
        return fields


class AuditQuery(FilterQuery, ListQuery):
    offset = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_OFFSET, default=0, help_text="Entries to leave out; `cursor` has no limit."
    )
    cursor = serializers.CharField(required=False, help_text="Where a page begins: in the `next` of the one before it.")
    ordering = serializers.ChoiceField(
        required=False,
        choices=["time", "-time"],
        default="-time",
        help_text="Newest first, or in the order of the chain; then only what is sealed.",
    )


class AuditExportQuery(FilterQuery):
    format = serializers.ChoiceField(choices=["csv", "ndjson"], default="csv")


class AuditEntrySerializer(Serializer):
    id = serializers.UUIDField()
    time = serializers.DateTimeField()
    actor = serializers.CharField(source="actor_name")
    actor_kind = serializers.CharField()
    actor_id = serializers.UUIDField(allow_null=True)
    address = serializers.CharField()
    credential = serializers.CharField(help_text="What signed in: a session, a client bundle.")
    operation = serializers.CharField()
    target_kind = serializers.CharField()
    target_id = serializers.CharField()
    target_name = serializers.CharField()
    collection = serializers.CharField()
    cluster = serializers.CharField()
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    reason = serializers.CharField()
    detail = serializers.DictField()
    request_id = serializers.CharField()
    sequence = serializers.IntegerField(allow_null=True, help_text="Null until it is sealed, about a second.")
    previous_hash = serializers.CharField()
    hash = serializers.CharField(help_text="Of the entry and the hash before it; empty until it is sealed.")


def filters_of(query: dict[str, Any]) -> Filters:
    """The filters among the checked query parameters."""
    names = (name for name in Filters.__dataclass_fields__ if name in query)
    return Filters(**{name: query[name] for name in names}, since=query.get("from"), until=query.get("to"))


class AuditView(APIView):
    @extend_schema(
        operation_id="list_audit", parameters=[AuditQuery], responses=page_schema(AuditEntrySerializer, is_counted=False)
    )
    def get(self, request: Request) -> Response:
        """What was done, refused, or failed. `count` is null where filters are set: it would take reading what fits."""
        query = validated(AuditQuery, request.query_params)
        found = selectors.entries_visible_to(
            actor_of(request),
            filters_of(query),
            limit=query.get("limit", DEFAULT_LIMIT),
            offset=query["offset"],
            cursor=Cursor.parse(query["cursor"]) if "cursor" in query else None,
            is_newest_first=query["ordering"] == "-time",
        )
        next_ = None
        if found.next:
            here = replace_query_param(request.build_absolute_uri(), "cursor", str(found.next))
            next_ = replace_query_param(here, "offset", 0) if query["offset"] else here
        results = AuditEntrySerializer(found.entries, many=True).data
        return Response({"count": found.count, "next": next_, "previous": None, "results": results})


class CSVRenderer(JSONRenderer):
    """For who asks for text/csv; errors are as everywhere."""

    media_type = CSV
    format = "csv"


class NDJSONRenderer(CSVRenderer):
    media_type = NDJSON
    format = "ndjson"


class AuditExportView(APIView):
    def get_renderers(self) -> list[BaseRenderer]:
        return [JSONRenderer(), CSVRenderer(), NDJSONRenderer()]

    @extend_schema(
        operation_id="export_audit",
        parameters=[AuditExportQuery],
        responses={
            (200, CSV): OpenApiResponse(OpenApiTypes.STR, "One line an entry, cells that look like formulas quoted."),
            (200, NDJSON): OpenApiResponse(OpenApiTypes.STR, "One JSON object a line, with all that the hashes cover."),
        },
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """All entries that fit, oldest first, as a file of any length. The export is itself recorded."""
        query = validated(AuditExportQuery, request.query_params)
        as_csv = query["format"] == "csv"
        pieces = services.export_entries(actor=actor_of(request), filters=filters_of(query), as_csv=as_csv)
        return StreamingHttpResponse(
            pieces,
            content_type=f"{CSV}; charset=utf-8" if as_csv else NDJSON,
            headers={"Content-Disposition": f'attachment; filename="audit.{query["format"]}"'},
        )


class ForwardingSerializer(Serializer):
    destination = serializers.CharField(help_text="Empty where the log is not forwarded.")
    is_connected = serializers.BooleanField()
    error = serializers.CharField(help_text="Why it is not connected.")
    sequence = serializers.IntegerField(help_text="The last entry that the receiver surely has.")
    waiting = serializers.IntegerField(help_text="Sealed entries after that.")
    changed_at = serializers.DateTimeField(allow_null=True)


class AuditStateSerializer(Serializer):
    head = serializers.IntegerField(help_text="The number of the last sealed entry.")
    head_hash = serializers.CharField(help_text="Its hash: kept elsewhere, it proves everything before it.")
    first = serializers.IntegerField(help_text="The number of the first entry that retention has not removed.")
    removed = serializers.IntegerField(help_text="Entries that retention has removed.")
    removed_until = serializers.DateTimeField(allow_null=True)
    unproved = serializers.IntegerField(help_text="Entries of before a broken chain was begun anew.")
    unsealed = serializers.IntegerField(help_text="Entries that wait for the sealer.")
    verified_sequence = serializers.IntegerField(help_text="Up to this entry the running check has found every hash right.")
    verified_at = serializers.DateTimeField(allow_null=True)
    problem = serializers.CharField(help_text="What is wrong with the chain; empty where nothing is.")
    spooled = serializers.IntegerField(help_text="Entries that wait on disk for the database.")
    spooled_bytes = serializers.IntegerField()
    spool_limit_bytes = serializers.IntegerField()
    forwarding = ForwardingSerializer()


class AuditStateView(APIView):
    @extend_schema(operation_id="get_audit_state", responses=AuditStateSerializer)
    def get(self, request: Request) -> Response:
        """Whether the log is whole, what waits, and whether the syslog receiver gets it. Who may read the log."""
        return Response(AuditStateSerializer(selectors.state_visible_to(actor_of(request))).data)
