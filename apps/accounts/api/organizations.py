"""`/organizations/…`, with members, teams and the teams' members."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import selectors, services
from apps.accounts.api.serializers import (
    DepartureSerializer,
    HeirQuery,
    MemberSerializer,
    MemberUpdateSerializer,
    OrganizationCreateSerializer,
    OrganizationQuery,
    OrganizationSerializer,
    OrganizationUpdateSerializer,
    SearchQuery,
    TeamCreateSerializer,
    TeamSerializer,
    TeamUpdateSerializer,
)
from apps.accounts.models import Organization, Team, User
from apps.core.actor import Actor
from apps.core.previews import AccessEffectSerializer, PreviewQuery, or_effect, previewable
from apps.core.rest import actor_of, expected_version, page, page_schema, validated, versioned

OrganizationPage = page_schema(OrganizationSerializer)
MemberPage = page_schema(MemberSerializer)
TeamPage = page_schema(TeamSerializer)


class OrganizationsView(APIView):
    @extend_schema(operation_id="list_organizations", parameters=[OrganizationQuery], responses=OrganizationPage)
    def get(self, request: Request) -> Response:
        """All organisations for administrators and auditors; the own ones for others."""
        query = validated(OrganizationQuery, request.query_params)
        organizations = selectors.organizations_visible_to(actor_of(request), search=query.get("search", ""))
        return page(request, organizations.order_by(query["ordering"]), OrganizationSerializer)

    @extend_schema(
        operation_id="create_organization", request=OrganizationCreateSerializer, responses={201: OrganizationSerializer}
    )
    def post(self, request: Request) -> Response:
        actor = actor_of(request)
        organization = services.create_organization(actor=actor, **validated(OrganizationCreateSerializer, request.data))
        return _organization_response(actor, organization.name, status=201)


class OrganizationView(APIView):
    @extend_schema(operation_id="get_organization", responses=OrganizationSerializer)
    def get(self, request: Request, organization: str) -> Response:
        return _organization_response(actor_of(request), organization)

    @extend_schema(operation_id="update_organization", request=OrganizationUpdateSerializer, responses=OrganizationSerializer)
    def patch(self, request: Request, organization: str) -> Response:
        actor = actor_of(request)
        changed = services.update_organization(
            actor=actor,
            organization=selectors.organization_visible_to(actor, organization),
            expected=expected_version(request),
            **validated(OrganizationUpdateSerializer, request.data),
        )
        return _organization_response(actor, changed.name)

    @extend_schema(operation_id="delete_organization", parameters=[HeirQuery], responses={204: None})
    def delete(self, request: Request, organization: str) -> Response:
        """Its teams and service accounts go with it, and every grant to it and to them.

        With `inherit_to`, that user takes over what the service accounts owned; `…/deletion` tells beforehand what would
        happen.
        """
        actor = actor_of(request)
        found = selectors.organization_visible_to(actor, organization)
        services.delete_organization(actor=actor, organization=found, heir=_heir(request, actor))
        return Response(status=204)


class OrganizationDeletionView(APIView):
    @extend_schema(operation_id="preview_organization_deletion", parameters=[HeirQuery], responses=DepartureSerializer)
    def get(self, request: Request, organization: str) -> Response:
        """What would be lost if the organisation were deleted, and who inherits it. Changes nothing. Administrators only."""
        actor = actor_of(request)
        found = selectors.organization_visible_to(actor, organization)
        preview = selectors.preview_organization_departure(actor, found, heir=_heir(request, actor))
        return Response(DepartureSerializer(preview).data)


class OrganizationMembersView(APIView):
    @extend_schema(operation_id="list_organization_members", parameters=[SearchQuery], responses=MemberPage)
    def get(self, request: Request, organization: str) -> Response:
        query = validated(SearchQuery, request.query_params)
        actor = actor_of(request)
        found = selectors.organization_visible_to(actor, organization)
        members = selectors.members_of_organization(actor, found, search=query.get("search", ""))
        return page(request, members.order_by("username"), MemberSerializer)


class OrganizationMemberView(APIView):
    @extend_schema(
        operation_id="set_organization_member",
        parameters=[PreviewQuery],
        request=MemberUpdateSerializer,
        responses=or_effect(MemberSerializer),
    )
    @previewable
    def put(self, request: Request, organization: str, username: str) -> Response:
        """Makes the user a member, or changes whether the member administers the organisation."""
        actor = actor_of(request)
        found = selectors.organization_visible_to(actor, organization)
        body = validated(MemberUpdateSerializer, request.data)
        user = selectors.candidate(actor, found, username)
        services.set_member(actor=actor, organization=found, user=user, **body)
        return Response(MemberSerializer(selectors.members_of_organization(actor, found).get(id=user.id)).data)

    @extend_schema(
        operation_id="remove_organization_member", parameters=[PreviewQuery], responses={204: None, 200: AccessEffectSerializer}
    )
    @previewable
    def delete(self, request: Request, organization: str, username: str) -> Response:
        """The user leaves the organisation's teams too."""
        actor = actor_of(request)
        found = selectors.organization_visible_to(actor, organization)
        user = selectors.candidate(actor, found, username)
        services.remove_member(actor=actor, organization=found, user=user)
        return Response(status=204)


class TeamsView(APIView):
    @extend_schema(operation_id="list_teams", parameters=[SearchQuery], responses=TeamPage)
    def get(self, request: Request, organization: str) -> Response:
        query = validated(SearchQuery, request.query_params)
        actor = actor_of(request)
        found = selectors.organization_visible_to(actor, organization)
        teams = selectors.teams_of(actor, found, search=query.get("search", ""))
        return page(request, teams.order_by("name"), TeamSerializer, manages_organization=_is_managed(found))

    @extend_schema(operation_id="create_team", request=TeamCreateSerializer, responses={201: TeamSerializer})
    def post(self, request: Request, organization: str) -> Response:
        actor = actor_of(request)
        found = selectors.organization_visible_to(actor, organization)
        team = services.create_team(actor=actor, organization=found, **validated(TeamCreateSerializer, request.data))
        return _team_response(actor, found, team.name, status=201)


class TeamView(APIView):
    @extend_schema(operation_id="get_team", responses=TeamSerializer)
    def get(self, request: Request, organization: str, team: str) -> Response:
        actor = actor_of(request)
        return _team_response(actor, selectors.organization_visible_to(actor, organization), team)

    @extend_schema(operation_id="update_team", request=TeamUpdateSerializer, responses=TeamSerializer)
    def patch(self, request: Request, organization: str, team: str) -> Response:
        actor = actor_of(request)
        found = selectors.organization_visible_to(actor, organization)
        changed = services.update_team(
            actor=actor,
            team=selectors.team_named(actor, found, team),
            expected=expected_version(request),
            **validated(TeamUpdateSerializer, request.data),
        )
        return _team_response(actor, found, changed.name)

    @extend_schema(operation_id="delete_team", responses={204: None})
    def delete(self, request: Request, organization: str, team: str) -> Response:
        actor = actor_of(request)
        services.delete_team(actor=actor, team=_team(actor, organization, team))
        return Response(status=204)


class TeamDeletionView(APIView):
    @extend_schema(operation_id="preview_team_deletion", responses=DepartureSerializer)
    def get(self, request: Request, organization: str, team: str) -> Response:
        """What would be lost if the team were deleted; a team owns nothing that could be inherited. Changes nothing."""
        actor = actor_of(request)
        preview = selectors.preview_team_departure(actor, _team(actor, organization, team))
        return Response(DepartureSerializer(preview).data)


class TeamMembersView(APIView):
    @extend_schema(operation_id="list_team_members", parameters=[SearchQuery], responses=MemberPage)
    def get(self, request: Request, organization: str, team: str) -> Response:
        query = validated(SearchQuery, request.query_params)
        found = _team(actor_of(request), organization, team)
        members = selectors.members_of_team(found, search=query.get("search", ""))
        return page(request, members.order_by("username"), MemberSerializer)


class TeamMemberView(APIView):
    @extend_schema(
        operation_id="set_team_member",
        parameters=[PreviewQuery],
        request=MemberUpdateSerializer,
        responses=or_effect(MemberSerializer),
    )
    @previewable
    def put(self, request: Request, organization: str, team: str, username: str) -> Response:
        """Puts the user in the team, and thereby in the organisation."""
        actor = actor_of(request)
        found = _team(actor, organization, team)
        body = validated(MemberUpdateSerializer, request.data)
        user = selectors.candidate(actor, found.organization, username)
        services.set_team_member(actor=actor, team=found, user=user, **body)
        return Response(MemberSerializer(selectors.members_of_team(found).get(id=user.id)).data)

    @extend_schema(
        operation_id="remove_team_member", parameters=[PreviewQuery], responses={204: None, 200: AccessEffectSerializer}
    )
    @previewable
    def delete(self, request: Request, organization: str, team: str, username: str) -> Response:
        """The user stays in the organisation."""
        actor = actor_of(request)
        found = _team(actor, organization, team)
        user = selectors.candidate(actor, found.organization, username)
        services.remove_team_member(actor=actor, team=found, user=user)
        return Response(status=204)


def _organization_response(actor: Actor, name: str, *, status: int = 200) -> Response:
    organization = selectors.organization_visible_to(actor, name)
    return versioned(organization, OrganizationSerializer(organization, context={"actor": actor}), status=status)


def _team(actor: Actor, organization: str, team: str) -> Team:
    return selectors.team_named(actor, selectors.organization_visible_to(actor, organization), team)


def _team_response(actor: Actor, organization: Organization, name: str, *, status: int = 200) -> Response:
    team = selectors.team_named(actor, organization, name)
    context = {"actor": actor, "manages_organization": _is_managed(organization)}
    return versioned(team, TeamSerializer(team, context=context), status=status)


def _heir(request: Request, actor: Actor) -> User | None:
    name = validated(HeirQuery, request.query_params).get("inherit_to")
    return selectors.heir_named(actor, name) if name else None


def _is_managed(organization: Organization) -> bool:
    """Whether the caller manages the organisation; every row of `selectors.organizations_visible_to` knows."""
    is_managed: bool = organization.is_managed  # type: ignore[attr-defined]
    return is_managed
