"""The shapes of accounts in requests and answers."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts import rules
from apps.accounts.models import Organization, Team, User
from apps.accounts.types import Source
from apps.core.rest import ListQuery, Serializer, capabilities_schema

NAME_MAX_CHARS = 200
PASSWORD_MAX_CHARS = 1024


def _password(*, required: bool = True) -> serializers.CharField:
    return serializers.CharField(write_only=True, required=required, max_length=PASSWORD_MAX_CHARS, trim_whitespace=False)


class SearchQuery(ListQuery):
    search = serializers.CharField(required=False, help_text="A part of any name.")


class UserQuery(SearchQuery):
    is_active = serializers.BooleanField(required=False)
    is_admin = serializers.BooleanField(required=False)
    ordering = serializers.ChoiceField(
        required=False, choices=["username", "-username", "created_at", "-created_at"], default="username"
    )


class OrganizationQuery(SearchQuery):
    ordering = serializers.ChoiceField(required=False, choices=["name", "-name", "created_at", "-created_at"], default="name")


class UserSerializer(Serializer):
    id = serializers.UUIDField()
    username = serializers.CharField()
    full_name = serializers.CharField()
    email = serializers.CharField()
    is_admin = serializers.BooleanField()
    is_active = serializers.BooleanField()
    source = serializers.ChoiceField(choices=[(source.value, source.value) for source in Source])  # type: ignore[assignment]
    created_at = serializers.DateTimeField()
    last_login = serializers.DateTimeField(allow_null=True)
    capabilities = serializers.SerializerMethodField()

    @extend_schema_field(capabilities_schema("UserCapabilities", "update", "update_flags", "set_password", "delete"))
    def get_capabilities(self, user: User) -> dict[str, bool]:
        actor = self.context["actor"]
        return rules.user_capabilities(is_administrator=actor.is_administrator, is_self=actor.id == user.id)


class UserCreateSerializer(Serializer):
    username = serializers.CharField(max_length=NAME_MAX_CHARS)
    full_name = serializers.CharField(required=False, allow_blank=True, max_length=NAME_MAX_CHARS)
    email = serializers.EmailField(required=False, allow_blank=True)
    is_admin = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)
    password = _password(required=False)


class UserUpdateSerializer(Serializer):
    full_name = serializers.CharField(required=False, allow_blank=True, max_length=NAME_MAX_CHARS)
    email = serializers.EmailField(required=False, allow_blank=True)
    is_admin = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)


class PasswordSerializer(Serializer):
    old_password = _password(required=False)
    new_password = _password()


class LoginSerializer(Serializer):
    username = serializers.CharField(max_length=NAME_MAX_CHARS)
    password = _password()


class SignedInSerializer(Serializer):
    token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    user = UserSerializer()


class OwnOrganizationSerializer(Serializer):
    name = serializers.CharField()
    is_admin = serializers.BooleanField()


class OwnTeamSerializer(Serializer):
    organization = serializers.CharField()
    name = serializers.CharField()
    is_admin = serializers.BooleanField()


class OwnCapabilitiesSerializer(Serializer):
    administrator = serializers.BooleanField()
    create_user = serializers.BooleanField()
    create_organization = serializers.BooleanField()
    view_accounts = serializers.BooleanField()
    view_access = serializers.BooleanField()
    view_audit = serializers.BooleanField()
    view_jobs = serializers.BooleanField()


class MeSerializer(Serializer):
    user = UserSerializer()
    organizations = OwnOrganizationSerializer(many=True)
    teams = OwnTeamSerializer(many=True)
    capabilities = OwnCapabilitiesSerializer()
    password_is_initial = serializers.BooleanField()


class OrganizationSerializer(Serializer):
    """Of a row of `selectors.organizations_visible_to`, which counts and knows whether the caller manages it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    full_name = serializers.CharField()
    is_builtin = serializers.BooleanField()
    members_count = serializers.IntegerField()
    teams_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    capabilities = serializers.SerializerMethodField()

    @extend_schema_field(capabilities_schema("OrganizationCapabilities", "update", "delete", "manage_members", "manage_teams"))
    def get_capabilities(self, organization: Organization) -> dict[str, bool]:
        return rules.organization_capabilities(
            is_administrator=self.context["actor"].is_administrator,
            manages=organization.is_managed,  # type: ignore[attr-defined]
            is_builtin=organization.is_builtin,
        )


class OrganizationCreateSerializer(Serializer):
    name = serializers.CharField(max_length=NAME_MAX_CHARS)
    full_name = serializers.CharField(required=False, allow_blank=True, max_length=NAME_MAX_CHARS)


class OrganizationUpdateSerializer(Serializer):
    full_name = serializers.CharField(required=False, allow_blank=True, max_length=NAME_MAX_CHARS)


class MemberSerializer(Serializer):
    username = serializers.CharField()
    full_name = serializers.CharField()
    is_admin = serializers.BooleanField(source="is_admin_here", help_text="Of this organisation or team.")


class MemberUpdateSerializer(Serializer):
    is_admin = serializers.BooleanField(required=False, default=False)


class TeamSerializer(Serializer):
    """Of a row of `selectors.teams_of`."""

    id = serializers.UUIDField()
    organization = serializers.CharField(source="organization.name")
    name = serializers.CharField()
    description = serializers.CharField()
    members_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    capabilities = serializers.SerializerMethodField()

    @extend_schema_field(capabilities_schema("TeamCapabilities", "delete", "manage_members"))
    def get_capabilities(self, team: Team) -> dict[str, bool]:
        return rules.team_capabilities(
            manages_organization=self.context["manages_organization"],
            manages_team=team.is_managed,  # type: ignore[attr-defined]
        )


class TeamCreateSerializer(Serializer):
    name = serializers.CharField(max_length=NAME_MAX_CHARS)
    description = serializers.CharField(required=False, allow_blank=True, max_length=500)
