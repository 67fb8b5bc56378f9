"""`/grants/…`."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.access import selectors, services
from apps.access.api.resources import place_of
from apps.access.api.shapes import GrantBody, GrantQuery, GrantSerializer, GrantUpdateBody
from apps.access.models import Grant
from apps.access.selectors.delegation import delegation_of
from apps.access.selectors.policy import store
from apps.core.previews import AccessEffectSerializer, PreviewQuery, or_effect, previewable
from apps.core.rest import actor_of, expected_version, page, page_schema, validated, versioned


class GrantsView(APIView):
    @extend_schema(operation_id="list_grants", parameters=[GrantQuery], responses=page_schema(GrantSerializer))
    def get(self, request: Request) -> Response:
        """The grants, newest first: all to administrators and who holds Access View, to others those that apply to them
        and those to the teams and service accounts of organisations they administer.
        """
        query = validated(GrantQuery, request.query_params)
        filters = {name: value for name, value in query.items() if name not in ("limit", "offset")}
        actor = actor_of(request)
        rows = selectors.grants_visible_to(actor, store.current, **filters)
        return page(request, rows, GrantSerializer, delegation=delegation_of(actor))

    @extend_schema(
        operation_id="create_grant",
        parameters=[PreviewQuery],
        request=GrantBody,
        responses={201: GrantSerializer, 200: or_effect(GrantSerializer)},
    )
    @previewable
    def post(self, request: Request) -> Response:
        """Grants a role on a collection and all below it, or on repositories. The same grant again answers 200, with its new
        end if it has one. `?preview=1` only tells who would gain what.

        Who administers an organisation may grant to its teams and service accounts what they hold there themselves.
        """
        body = validated(GrantBody, request.data)
        grant, is_new = services.create_grant(
            actor=actor_of(request),
            subject=body["subject"],
            role=body["role"],
            **place_of(body["resource"], field="resource"),
            expires_at=body["expires_at"],
            comment=body["comment"],
        )
        return _shown(request, grant, status=201 if is_new else 200)


class GrantView(APIView):
    @extend_schema(operation_id="get_grant", responses=GrantSerializer)
    def get(self, request: Request, grant_id: uuid.UUID) -> Response:
        return _shown(request, selectors.grant_visible_to(actor_of(request), store.current, grant_id))

    @extend_schema(
        operation_id="update_grant", parameters=[PreviewQuery], request=GrantUpdateBody, responses=or_effect(GrantSerializer)
    )
    @previewable
    def patch(self, request: Request, grant_id: uuid.UUID) -> Response:
        """Changes when it ends, or its comment; what is left out stays. `expires_at` null: never."""
        actor = actor_of(request)
        grant = selectors.grant_visible_to(actor, store.current, grant_id)
        changes = validated(GrantUpdateBody, request.data)
        return _shown(request, services.update_grant(actor=actor, grant=grant, expected=expected_version(request), **changes))

    @extend_schema(operation_id="delete_grant", parameters=[PreviewQuery], responses={204: None, 200: AccessEffectSerializer})
    @previewable
    def delete(self, request: Request, grant_id: uuid.UUID) -> Response:
        """Takes the grant away; it counts nowhere any more within a second. `?preview=1` only tells who would lose what."""
        actor = actor_of(request)
        grant = selectors.grant_visible_to(actor, store.current, grant_id)
        services.delete_grant(actor=actor, grant=grant, expected=expected_version(request))
        return Response(status=204)


def _shown(request: Request, grant: Grant, *, status: int = 200) -> Response:
    actor = actor_of(request)
    context = {"actor": actor, "delegation": delegation_of(actor)}
    return versioned(grant, GrantSerializer(grant, context=context), status=status)
