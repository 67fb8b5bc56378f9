"""`/users/export` and `/users/import`: the list of users as a file."""

from __future__ import annotations

from typing import Any, cast

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services
from apps.accounts.api.serializers import ExportQuery, ImportLineSerializer, ImportQuery, ImportReportSerializer
from apps.core.errors import TooLarge
from apps.core.rest import MAX_BODY_BYTES, actor_of, validated
from apps.jobs.api import JobSerializer, accepted
from apps.jobs.models import Job

MAX_IMPORT_BYTES = 32 * 1024 * 1024
"""A hundred thousand lines of 300 bytes."""

CSV, JSON = "text/csv", "application/json"


class CSVRenderer(JSONRenderer):
    """For who asks for text/csv; errors are as everywhere."""

    media_type = CSV
    format = "csv"


class _Raw(BaseParser):
    """The body as it is; the service reads it, at once or in a job. Whoever will be refused sends no more than elsewhere."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        may_import = parser_context is not None and actor_of(parser_context["request"]).is_administrator
        limit_bytes = MAX_IMPORT_BYTES if may_import else MAX_BODY_BYTES
        raw: bytes = stream.read(limit_bytes + 1)
        if len(raw) > limit_bytes:
            raise TooLarge(f"the list is larger than {limit_bytes} bytes; import it in parts")
        return raw


class CSVParser(_Raw):
    media_type = CSV


class ListParser(_Raw):
    media_type = JSON


class UserExportView(APIView):
    def get_renderers(self) -> list[BaseRenderer]:
        return [JSONRenderer(), CSVRenderer()]

    @extend_schema(
        operation_id="export_users",
        parameters=[ExportQuery],
        responses={
            (200, CSV): OpenApiResponse(OpenApiTypes.STR, "One line a user."),
            (200, JSON): ImportLineSerializer(many=True),
        },
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Every user with memberships and without passwords, as `…/import` takes it. Administrators and auditors."""
        as_csv = validated(ExportQuery, request.query_params)["format"] == "csv"
        pieces = services.export_users(actor=actor_of(request), as_csv=as_csv)
        name = "users.csv" if as_csv else "users.json"
        return StreamingHttpResponse(
            pieces,
            content_type=f"{CSV}; charset=utf-8" if as_csv else JSON,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


class UserImportView(APIView):
    parser_classes = [ListParser, CSVParser]

    @extend_schema(
        operation_id="import_users",
        parameters=[ImportQuery],
        request={JSON: ImportLineSerializer(many=True), CSV: OpenApiTypes.STR},
        responses={200: ImportReportSerializer, 202: JobSerializer},
    )
    def post(self, request: Request) -> Response:
        """Makes and changes users. Nothing is written where any line is bad; the answer names each line, field and reason.

        A long list answers with the job that does it, whose `result` will be the report. Administrators only.
        """
        query = validated(ImportQuery, request.query_params)
        done = services.import_users(
            actor=actor_of(request),
            document=cast("bytes", request.data or b""),
            is_csv=request.content_type.partition(";")[0].strip().lower() == CSV,
            is_dry_run=query["dry_run"],
        )
        if isinstance(done, Job):
            return accepted(request, done)
        return Response(ImportReportSerializer(done).data)
