"""Accounts. Users and organisations share one namespace of names, held by the database in `AccountName`."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from apps.accounts.types import Source
from apps.core.names import ACCOUNT_NAME_MAX_CHARS

USERNAME_MAX_CHARS = 2 * ACCOUNT_NAME_MAX_CHARS + 1  # "acme/ci"


class AccountName(models.Model):
    """The one namespace: a registry namespace is either a user or an organisation."""

    name = models.CharField(primary_key=True, max_length=64)
    user = models.OneToOneField("User", null=True, on_delete=models.CASCADE, related_name="+")
    organization = models.OneToOneField("Organization", null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="account_name_is_of_one_account",
                condition=models.Q(user__isnull=False, organization__isnull=True)
                | models.Q(user__isnull=True, organization__isnull=False),
            ),
            models.CheckConstraint(name="account_name_is_in_lower_case", condition=models.Q(name=Lower("name"))),
        ]


class UserManager(BaseUserManager["User"]):
    def people(self) -> models.QuerySet[User]:
        """All but the service accounts."""
        return self.filter(organization__isnull=True)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=(username or "").lower())


class User(AbstractBaseUser):
    """Who can sign in: a person, or a service account of the organisation that owns it.

    `is_admin` is a flag and never a role. A service account is called "acme/ci": the slash keeps it out of the people's
    namespace. It has no password and no address, administers nothing, and belongs to no organisation or team.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(max_length=USERNAME_MAX_CHARS, unique=True)
    organization = models.ForeignKey(
        "Organization", null=True, on_delete=models.CASCADE, related_name="service_accounts"
    )  # of a service account; None for a person
    full_name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    is_admin = models.BooleanField(default=False)
    source = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Source], default=Source.LOCAL)
    password_is_initial = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(
                name="service_account_is_named_by_its_organization",
                condition=models.Q(organization__isnull=True) & ~models.Q(username__contains="/")
                | models.Q(organization__isnull=False, username__contains="/"),
            ),
            models.CheckConstraint(
                name="service_account_is_no_person",
                condition=models.Q(organization__isnull=True) | models.Q(is_admin=False, email=""),
            ),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def is_service_account(self) -> bool:
        return self.organization_id is not None

    @property
    def short_name(self) -> str:
        """What its organisation calls a service account: "ci" of "acme/ci"."""
        return self.username.rpartition("/")[2]


class Organization(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=64, unique=True)
    full_name = models.CharField(max_length=200, blank=True)
    is_builtin = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class OrganizationMember(models.Model):
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="organization_memberships")
    is_admin = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="one_membership_per_organization")]


class Team(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="teams")
    name = models.CharField(max_length=64)
    description = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="one_team_of_a_name")]

    def __str__(self) -> str:
        return f"{self.organization.name}/{self.name}"


class TeamMember(models.Model):
    """Members of a team are members of its organisation: services keep it so in one transaction."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="team_memberships")
    is_admin = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="one_membership_per_team")]


class Session(models.Model):
    """A sign-in. The same token is the Bearer token of REST and Docker API, and the console's HttpOnly cookie."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    token_sha256 = models.CharField(max_length=64, unique=True)
    address = models.CharField(max_length=64, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-created_at"]


class UserImport(models.Model):
    """A list of users that a background job imports. Sealed, because it may hold passwords; gone when the job ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sealed_document = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)


class SignInFailure(models.Model):
    """Counts failures by name and by address, so that guessing is slowed down on every replica alike."""

    key = models.CharField(primary_key=True, max_length=140)  # "name:bob" or "address:10.0.0.1"
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
