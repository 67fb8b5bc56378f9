"""`/access/…`: who may do what, and through what."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.access import selectors
from apps.access.api.resources import collection_path
from apps.access.api.shapes import DecisionSerializer, ExplainQuery
from apps.access.selectors.policy import store
from apps.core.rest import actor_of, validated


class ExplainView(APIView):
    @extend_schema(operation_id="explain_access", parameters=[ExplainQuery], responses=DecisionSerializer)
    def get(self, request: Request) -> Response:
        """May this user do this there, and through what? Of others only for administrators and who holds Access View."""
        query = validated(ExplainQuery, request.query_params)
        decision = selectors.explain(
            actor_of(request),
            store.current,
            subject=query["subject"],
            operation=query["operation"],
            path=collection_path(query["target"], field="target"),
            options=tuple(query.get("option", ())),
        )
        return Response(DecisionSerializer(decision).data)
