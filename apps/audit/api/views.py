"""`/audit/`: who did what, for administrators and whoever holds Audit View."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.audit import selectors
from apps.audit.types import Outcome
from apps.core.rest import ListQuery, Serializer, actor_of, page, page_schema, validated

OUTCOMES = [(outcome.value, outcome.value) for outcome in Outcome]


class AuditQuery(ListQuery):
    """`from` is a word of Python, so this field and `to` are added where the others are declared."""

    actor = serializers.CharField(required=False, help_text="The actor's name.")
    operation = serializers.CharField(required=False, help_text="For instance `Grant Create`.")
    target = serializers.CharField(required=False, help_text="The target's id, or a part of its name.")
    outcome = serializers.ChoiceField(required=False, choices=OUTCOMES)
    search = serializers.CharField(required=False, help_text="A part of any name, the operation or the reason.")
    ordering = serializers.ChoiceField(required=False, choices=["time", "-time"], default="-time")

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        fields["from"] = serializers.DateTimeField(required=False, help_text="At or after this time.")
        fields["to"] = serializers.DateTimeField(required=False, help_text="Before this time.")
        return fields


class AuditEntrySerializer(Serializer):
    id = serializers.UUIDField()
    time = serializers.DateTimeField()
    actor = serializers.CharField(source="actor_name")
    actor_kind = serializers.CharField()
    address = serializers.CharField()
    operation = serializers.CharField()
    target_kind = serializers.CharField()
    target_id = serializers.CharField()
    target_name = serializers.CharField()
    collection = serializers.CharField()
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    reason = serializers.CharField()
    detail = serializers.DictField()
    request_id = serializers.CharField()
    sequence = serializers.IntegerField(allow_null=True, help_text="Null until it is sealed, about a second.")


class AuditView(APIView):
    @extend_schema(operation_id="list_audit", parameters=[AuditQuery], responses=page_schema(AuditEntrySerializer))
    def get(self, request: Request) -> Response:
        """What was done, refused, or failed."""
        query = validated(AuditQuery, request.query_params)
        entries = selectors.entries_visible_to(
            actor_of(request),
            actor_name=query.get("actor", ""),
            operation=query.get("operation", ""),
            target=query.get("target", ""),
            outcome=query.get("outcome", ""),
            search=query.get("search", ""),
            since=query.get("from"),
            until=query.get("to"),
        )
        return page(request, entries.order_by(query["ordering"], "id"), AuditEntrySerializer)
