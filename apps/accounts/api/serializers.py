"""The shapes of accounts in requests and answers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts import rules, selectors
from apps.accounts.models import Organization, Team, User
from apps.accounts.types import Source
from apps.core.actor import ActorKind
from apps.core.rest import ListQuery, Serializer, capabilities_schema

NAME_MAX_CHARS = 200
PASSWORD_MAX_CHARS = 1024
ACCOUNT_KINDS = [(kind.value, kind.value) for kind in (ActorKind.USER, ActorKind.SERVICE_ACCOUNT)]


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

    @extend_schema_field(capabilities_schema("UserCapabilities", "update", "update_flags", "rename", "set_password", "delete"))
    def get_capabilities(self, user: User) -> dict[str, bool]:
        actor = self.context["actor"]
        return rules.user_capabilities(is_administrator=actor.is_administrator, is_self=actor.id == user.id)


class TeamMembershipSerializer(Serializer):
    name = serializers.CharField()
    is_admin = serializers.BooleanField()


class MembershipSerializer(Serializer):
    """Of an organisation, with those of its teams. Everybody's membership of `everyone` is not listed."""

    name = serializers.CharField(help_text="The organisation's.")
    is_admin = serializers.BooleanField()
    teams = TeamMembershipSerializer(many=True)


class UserDetailSerializer(UserSerializer):
    memberships = serializers.SerializerMethodField()

    @extend_schema_field(MembershipSerializer(many=True))
    def get_memberships(self, user: User) -> Any:
        return MembershipSerializer(selectors.memberships_of(user), many=True).data


class UserCreateSerializer(Serializer):
    username = serializers.CharField(max_length=NAME_MAX_CHARS)
    full_name = serializers.CharField(required=False, allow_blank=True, max_length=NAME_MAX_CHARS)
    email = serializers.EmailField(required=False, allow_blank=True)
    is_admin = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)
    password = _password(required=False)


class UserUpdateSerializer(Serializer):
    username = serializers.CharField(required=False, max_length=NAME_MAX_CHARS, help_text="Another name: administrators only.")
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
    kind = serializers.ChoiceField(choices=ACCOUNT_KINDS)
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

    @extend_schema_field(
        capabilities_schema(
            "OrganizationCapabilities", "update", "delete", "manage_members", "manage_teams", "manage_service_accounts"
        )
    )
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
    name = serializers.CharField(
        required=False, max_length=NAME_MAX_CHARS, help_text="Another name; its service accounts follow."
    )
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

    @extend_schema_field(capabilities_schema("TeamCapabilities", "update", "delete", "manage_members"))
    def get_capabilities(self, team: Team) -> dict[str, bool]:
        return rules.team_capabilities(
            manages_organization=self.context["manages_organization"],
            manages_team=team.is_managed,  # type: ignore[attr-defined]
        )


class TeamCreateSerializer(Serializer):
    name = serializers.CharField(max_length=NAME_MAX_CHARS)
    description = serializers.CharField(required=False, allow_blank=True, max_length=500)


class TeamUpdateSerializer(Serializer):
    name = serializers.CharField(required=False, max_length=NAME_MAX_CHARS, help_text="Another name; members and grants stay.")
    description = serializers.CharField(required=False, allow_blank=True, max_length=500)


class ServiceAccountSerializer(Serializer):
    """Of a row of `selectors.service_accounts_of`."""

    id = serializers.UUIDField()
    organization = serializers.CharField(source="organization.name")
    name = serializers.CharField(source="short_name", help_text="As its organisation calls it: `ci`.")
    username = serializers.CharField(help_text="As grants, bundles and the audit log call it: `acme/ci`.")
    full_name = serializers.CharField(help_text="What it is for.")
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    capabilities = serializers.SerializerMethodField()

    @extend_schema_field(capabilities_schema("ServiceAccountCapabilities", "update", "delete", "create_bundle"))
    def get_capabilities(self, account: User) -> dict[str, bool]:
        return rules.service_account_capabilities(manages=self.context["manages_organization"])


class ServiceAccountCreateSerializer(Serializer):
    name = serializers.CharField(max_length=NAME_MAX_CHARS)
    full_name = serializers.CharField(required=False, allow_blank=True, max_length=NAME_MAX_CHARS)


class ServiceAccountUpdateSerializer(Serializer):
    full_name = serializers.CharField(required=False, allow_blank=True, max_length=NAME_MAX_CHARS)
    is_active = serializers.BooleanField(required=False)


class HeirQuery(Serializer):
    inherit_to = serializers.CharField(
        required=False, max_length=NAME_MAX_CHARS, help_text="The account that takes over what the other one owns."
    )


class EffectSerializer(Serializer):
    what = serializers.CharField(help_text="The things: `grants`, `sessions`.")
    count = serializers.IntegerField()
    names = serializers.ListField(child=serializers.CharField(), help_text="The first hundred of them.")
    outcome = serializers.CharField(help_text="What becomes of them.")


class DepartureSerializer(Serializer):
    """What would become of everything that belongs to an account."""

    name = serializers.CharField()
    inherited_by = serializers.CharField(source="heir.name", default=None, allow_null=True)
    refused = serializers.CharField(source="refusal", allow_blank=True, help_text="Why it cannot be done; empty where it can.")
    effects = EffectSerializer(many=True)


class ExportQuery(Serializer):
    format = serializers.ChoiceField(choices=["csv", "json"], default="csv")


class ImportQuery(Serializer):
    dry_run = serializers.BooleanField(required=False, default=False, help_text="Look at every line, and write nothing.")


class ImportLineSerializer(Serializer):
    username = serializers.CharField()
    full_name = serializers.CharField(required=False, allow_blank=True)
    email = serializers.CharField(required=False, allow_blank=True)
    is_active = serializers.BooleanField(required=False)
    is_admin = serializers.BooleanField(required=False)
    organizations = serializers.ListField(child=serializers.CharField(), required=False, help_text="`acme` or `acme:admin`.")
    teams = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="`acme/payments` or `acme/payments:admin`."
    )
    password = _password(required=False)


class LineProblemSerializer(Serializer):
    line = serializers.IntegerField(help_text="Of CSV the line, of JSON the number of the object; from 1.")
    field = serializers.CharField()
    reason = serializers.CharField()


class ImportReportSerializer(Serializer):
    is_dry_run = serializers.BooleanField()
    lines = serializers.IntegerField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField(help_text="Users who were there already.")
    problems_count = serializers.IntegerField()
    problems = LineProblemSerializer(many=True, help_text="The first thousand.")
