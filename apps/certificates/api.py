"""`/bundles/`: client bundles."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.accounts.selectors import account_of, organization_visible_to, service_account_named, user_visible_to
from apps.certificates import selectors, services
from apps.certificates.models import Bundle
from apps.core.actor import Actor
from apps.core.rest import ListQuery, Serializer, actor_of, page, page_schema, validated


class BundleQuery(ListQuery):
    username = serializers.CharField(required=False, help_text="The bundles of this user only.")


class NewBundleQuery(Serializer):
    format = serializers.ChoiceField(
        choices=["bundle", "context"], default="bundle", help_text="`context`: only what `docker context import` takes."
    )


class ServiceAccountBundleBody(Serializer):
    name = serializers.CharField(max_length=100, help_text="For instance the machine it is for.")
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None, help_text="A year ahead unless told.")
    csr = serializers.CharField(required=False, help_text="A PKCS #10 request in PEM: the private key stays at home.")


class BundleBody(ServiceAccountBundleBody):
    username = serializers.CharField(required=False, help_text="Whom it signs in; only administrators name others.")


class BundleCapabilitiesSerializer(Serializer):
    delete = serializers.BooleanField()


class BundleSerializer(Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    username = serializers.CharField(source="user.username")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    last_address = serializers.CharField()
    fingerprint = serializers.CharField(source="key_sha256", help_text="SHA-256 of the public key.")
    capabilities = serializers.SerializerMethodField()

    @extend_schema_field(BundleCapabilitiesSerializer)
    def get_capabilities(self, bundle: Bundle) -> dict[str, bool]:
        """Who sees a bundle may revoke it."""
        return {"delete": True}


BundlePage = page_schema(BundleSerializer)


class ZipRenderer(JSONRenderer):
    """For who asks for application/zip: archives as they are, and errors as everywhere."""

    media_type = "application/zip"
    format = "zip"
    charset = None
    render_style = "binary"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return data if isinstance(data, bytes) else super().render(data, accepted_media_type, renderer_context)


class BundlesView(APIView):
    def get_renderers(self) -> list[BaseRenderer]:
        return [JSONRenderer(), ZipRenderer()] if self.request.method == "POST" else [JSONRenderer()]

    @extend_schema(operation_id="list_bundles", parameters=[BundleQuery], responses=BundlePage)
    def get(self, request: Request) -> Response:
        """The caller's bundles, those of service accounts the caller manages, and everybody's to administrators."""
        query = validated(BundleQuery, request.query_params)
        rows = selectors.bundles_visible_to(actor_of(request), username=query.get("username", ""))
        return page(request, rows, BundleSerializer)

    @extend_schema(
        operation_id="create_bundle",
        parameters=[NewBundleQuery],
        request=BundleBody,
        responses={(201, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY, "The zip. It cannot be had again.")},
    )
    def post(self, request: Request) -> Response:
        """A new bundle. The zip holds the only copy of its private key; the header Quarterdeck-Bundle-Id has its id."""
        actor = actor_of(request)
        body = validated(BundleBody, request.data)
        username = body.pop("username", None)
        user = account_of(actor) if username is None else user_visible_to(actor, username)
        return _new_bundle(request, actor, user, body)


class ServiceAccountBundlesView(APIView):
    def get_renderers(self) -> list[BaseRenderer]:
        return [JSONRenderer(), ZipRenderer()] if self.request.method == "POST" else [JSONRenderer()]

    @extend_schema(operation_id="list_service_account_bundles", parameters=[ListQuery], responses=BundlePage)
    def get(self, request: Request, organization: str, name: str) -> Response:
        """For whoever manages the service account; others find the list empty."""
        actor = actor_of(request)
        validated(ListQuery, request.query_params)
        account = _service_account(actor, organization, name)
        return page(request, selectors.bundles_visible_to(actor, username=account.username), BundleSerializer)

    @extend_schema(
        operation_id="create_service_account_bundle",
        parameters=[NewBundleQuery],
        request=ServiceAccountBundleBody,
        responses={(201, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY, "The zip. It cannot be had again.")},
    )
    def post(self, request: Request, organization: str, name: str) -> Response:
        """A new bundle for whoever manages the service account to hand over. The zip holds the only copy of its key."""
        actor = actor_of(request)
        account = _service_account(actor, organization, name)
        return _new_bundle(request, actor, account, validated(ServiceAccountBundleBody, request.data))


def _service_account(actor: Actor, organization: str, name: str) -> User:
    return service_account_named(organization_visible_to(actor, organization), name)


def _new_bundle(request: Request, actor: Actor, user: User, body: dict[str, Any]) -> Response:
    query = validated(NewBundleQuery, request.query_params)
    bundle, archive = services.create_bundle(
        actor=actor,
        user=user,
        name=body["name"],
        expires_at=body["expires_at"],
        csr=body.get("csr"),
        host=request.get_host(),
        is_context_only=query["format"] == "context",
    )
    request.accepted_renderer = ZipRenderer()
    return Response(
        archive,
        status=201,
        content_type="application/zip",
        headers={
            "Quarterdeck-Bundle-Id": str(bundle.id),
            "Content-Disposition": f'attachment; filename="{_file_name(bundle)}"',
            "Cache-Control": "no-store",
        },
    )


def _file_name(bundle: Bundle) -> str:
    """Made of the checked name's characters only, so it needs no quoting."""
    return f"quarterdeck-{bundle.user.username}-{bundle.name}.zip".translate(_NOT_IN_FILE_NAMES)


_NOT_IN_FILE_NAMES = str.maketrans(" /", "--")


class BundleView(APIView):
    @extend_schema(operation_id="get_bundle", responses=BundleSerializer)
    def get(self, request: Request, bundle_id: uuid.UUID) -> Response:
        actor = actor_of(request)
        bundle = selectors.bundle_visible_to(actor, bundle_id)
        return Response(BundleSerializer(bundle, context={"actor": actor}).data)

    @extend_schema(operation_id="delete_bundle", responses={204: None})
    def delete(self, request: Request, bundle_id: uuid.UUID) -> Response:
        """Revokes it."""
        actor = actor_of(request)
        services.delete_bundle(actor=actor, bundle=selectors.bundle_visible_to(actor, bundle_id))
        return Response(status=204)
