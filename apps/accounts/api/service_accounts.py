"""`/organizations/{org}/service-accounts/…`."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import selectors, services
from apps.accounts.api.serializers import (
    DepartureSerializer,
    HeirQuery,
    SearchQuery,
    ServiceAccountCreateSerializer,
    ServiceAccountSerializer,
    ServiceAccountUpdateSerializer,
)
from apps.accounts.models import User
from apps.core.actor import Actor
from apps.core.rest import actor_of, expected_version, page, page_schema, validated, versioned


class ServiceAccountsView(APIView):
    @extend_schema(
        operation_id="list_service_accounts", parameters=[SearchQuery], responses=page_schema(ServiceAccountSerializer)
    )
    def get(self, request: Request, organization: str) -> Response:
        """The accounts of machines that the organisation owns; for whoever sees the organisation."""
        actor = actor_of(request)
        query = validated(SearchQuery, request.query_params)
        found = selectors.organization_visible_to(actor, organization)
        accounts = selectors.service_accounts_of(found, search=query.get("search", "")).order_by("username")
        manages = selectors.manages_organization(actor, found)
        return page(request, accounts, ServiceAccountSerializer, manages_organization=manages)

    @extend_schema(
        operation_id="create_service_account",
        request=ServiceAccountCreateSerializer,
        responses={201: ServiceAccountSerializer},
    )
    def post(self, request: Request, organization: str) -> Response:
        """It has no password and no rights: grant it what it needs, and make it a client bundle to sign in by."""
        actor = actor_of(request)
        found = selectors.organization_visible_to(actor, organization)
        body = validated(ServiceAccountCreateSerializer, request.data)
        account = services.create_service_account(actor=actor, organization=found, **body)
        return _response(actor, account, status=201)


class ServiceAccountView(APIView):
    @extend_schema(operation_id="get_service_account", responses=ServiceAccountSerializer)
    def get(self, request: Request, organization: str, name: str) -> Response:
        actor = actor_of(request)
        return _response(actor, _account(actor, organization, name))

    @extend_schema(
        operation_id="update_service_account",
        request=ServiceAccountUpdateSerializer,
        responses=ServiceAccountSerializer,
    )
    def patch(self, request: Request, organization: str, name: str) -> Response:
        """Deactivated, its client bundles sign nobody in; active again, they do."""
        actor = actor_of(request)
        account = services.update_service_account(
            actor=actor,
            account=_account(actor, organization, name),
            expected=expected_version(request),
            **validated(ServiceAccountUpdateSerializer, request.data),
        )
        return _response(actor, account)

    @extend_schema(operation_id="delete_service_account", parameters=[HeirQuery], responses={204: None})
    def delete(self, request: Request, organization: str, name: str) -> Response:
        """With `inherit_to`, that account takes over what this one owned; `…/deletion` tells beforehand what would happen."""
        actor = actor_of(request)
        account = _account(actor, organization, name)
        services.delete_service_account(actor=actor, account=account, heir=_heir(request, actor, account))
        return Response(status=204)


class ServiceAccountDeletionView(APIView):
    @extend_schema(operation_id="preview_service_account_deletion", parameters=[HeirQuery], responses=DepartureSerializer)
    def get(self, request: Request, organization: str, name: str) -> Response:
        """What would be lost if the service account were deleted, and who inherits it. Changes nothing."""
        actor = actor_of(request)
        account = _account(actor, organization, name)
        heir = _heir(request, actor, account)
        preview = selectors.preview_service_account_departure(actor, account, heir=heir)
        return Response(DepartureSerializer(preview).data)


def _account(actor: Actor, organization: str, name: str) -> User:
    return selectors.service_account_named(selectors.organization_visible_to(actor, organization), name)


def _heir(request: Request, actor: Actor, account: User) -> User | None:
    name = validated(HeirQuery, request.query_params).get("inherit_to")
    return selectors.heir_of_service_account(actor, account, name) if name else None


def _response(actor: Actor, account: User, *, status: int = 200) -> Response:
    context = {"actor": actor, "manages_organization": selectors.manages_service_account(actor, account)}
    return versioned(account, ServiceAccountSerializer(account, context=context), status=status)
