"""`/settings/…`: what administrators edit at run time, a section each."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.configuration import selectors, services
from apps.configuration.models import Setting
from apps.configuration.rules import AUDIT, MAX_RETENTION_DAYS, PROTOCOLS, AuditSettings
from apps.core import versions
from apps.core.rest import Serializer, actor_of, capabilities_schema, expected_version, validated

MAX_PEM = 64 * 1024


def _pem(**kwargs: Any) -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, max_length=MAX_PEM, **kwargs)


class SyslogSerializer(Serializer):
    is_enabled = serializers.BooleanField(required=False)
    host = serializers.RegexField(
        r"^[A-Za-z0-9._:-]*$", required=False, allow_blank=True, max_length=253, help_text="A name or an IP address."
    )
    port = serializers.IntegerField(required=False, min_value=1, max_value=65535)
    protocol = serializers.ChoiceField(
        required=False,
        choices=[(each, each) for each in PROTOCOLS],
        help_text="`tls` is RFC 5425; `tcp` is readable by everybody on the way.",
    )
    ca = _pem(help_text="PEM of what signed the receiver's certificate; empty: the machine's own authorities.")
    client_certificate = _pem(help_text="PEM of ours, where the receiver asks for one.")
    client_key = _pem(write_only=True, help_text="Its key, unencrypted in PEM; never answered.")
    has_client_key = serializers.SerializerMethodField()

    def get_has_client_key(self, settings: Any) -> bool:
        return bool(settings.client_key)


class AuditSettingsSerializer(Serializer):
    retention_days = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_RETENTION_DAYS, help_text="How old entries may become; 0 keeps all."
    )
    syslog = SyslogSerializer(required=False)
    capabilities = serializers.SerializerMethodField()

    @extend_schema_field(capabilities_schema("SettingsCapabilities", "update"))
    def get_capabilities(self, settings: Any) -> dict[str, bool]:
        return {"update": self.context["actor"].is_administrator}


class AuditSettingsView(APIView):
    @extend_schema(operation_id="get_audit_settings", responses=AuditSettingsSerializer)
    def get(self, request: Request) -> Response:
        """How long the audit log is kept, and where it is forwarded to. Administrators, and who holds Settings View."""
        return _answer(request, selectors.section_visible_to(actor_of(request), AUDIT))

    @extend_schema(operation_id="update_audit_settings", request=AuditSettingsSerializer, responses=AuditSettingsSerializer)
    def patch(self, request: Request) -> Response:
        """Changes what is given, with `If-Match` only what was read. Administrators only."""
        changed = services.update_audit_settings(
            actor=actor_of(request),
            changes=validated(AuditSettingsSerializer, request.data),
            expected=expected_version(request),
        )
        return _answer(request, changed)


def _answer(request: Request, row: Setting) -> Response:
    shown = AuditSettingsSerializer(AuditSettings.from_document(row.value), context={"actor": actor_of(request)})
    return Response(shown.data, headers={"ETag": versions.tag_of(row)})
