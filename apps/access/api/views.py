"""`/access/…`: who may do what, and through what."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.access import selectors
from apps.access.api.resources import place_of
from apps.access.api.shapes import (
    DecisionSerializer,
    ExplainQuery,
    HeldSerializer,
    HolderSerializer,
    WhatCanQuery,
    WhoCanQuery,
)
from apps.access.selectors.policy import store
from apps.core.rest import actor_of, page, page_schema, validated


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
            **place_of(query["target"], field="target"),
            options=tuple(query["option"]),
        )
        return Response(DecisionSerializer(decision).data)


class WhoCanView(APIView):
    @extend_schema(operation_id="who_can", parameters=[WhoCanQuery], responses=page_schema(HolderSerializer))
    def get(self, request: Request) -> Response:
        """Who may do this there, by name, and through what. For administrators and who holds Access View."""
        query = validated(WhoCanQuery, request.query_params)
        holders = selectors.who_can(
            actor_of(request),
            store.current,
            operation=query["operation"],
            **place_of(query["target"], field="target"),
            options=tuple(query["option"]),
        )
        return page(request, holders, HolderSerializer)


class WhatCanView(APIView):
    @extend_schema(operation_id="what_can", parameters=[WhatCanQuery], responses=page_schema(HeldSerializer))
    def get(self, request: Request) -> Response:
        """Where somebody's rights begin or grow, and what they may do from there down. Of others only for administrators
        and who holds Access View."""
        query = validated(WhatCanQuery, request.query_params)
        return page(request, selectors.what_can(actor_of(request), store.current, subject=query["subject"]), HeldSerializer)
