"""`/subjects/`."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import selectors
from apps.accounts.api.serializers import SubjectQuery, SubjectSerializer
from apps.core.rest import actor_of, page, page_schema, validated


class SubjectsView(APIView):
    @extend_schema(operation_id="list_subjects", parameters=[SubjectQuery], responses=page_schema(SubjectSerializer))
    def get(self, request: Request) -> Response:
        """Everybody to whom a grant can be made and whom the caller may see, of all four kinds, by name."""
        query = validated(SubjectQuery, request.query_params)
        rows = selectors.subjects_visible_to(actor_of(request), search=query.get("search", ""))
        return page(request, rows, SubjectSerializer)
