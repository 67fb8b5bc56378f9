"""Roles, collections, grants and placements (docs/access.md)."""

from __future__ import annotations

import uuid
from typing import cast

from django.db import models
from django.db.models.functions import Lower

from apps.access.rules.repositories import Repositories
from apps.access.types import ObjectKind, SubjectKind
from apps.accounts.models import Organization, Team, User


class Role(models.Model):
    """A named set of operations, each with the danger options it allows: `{"Service Create": ["Host Bind Mounts"]}`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=64, unique=True)
    description = models.CharField(max_length=500, blank=True)
    is_builtin = models.BooleanField(default=False)
    operations = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="one_role_of_a_name")]


class RoleVersion(models.Model):
    """What a custom role was from one change to the next; the highest number is what it is."""

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=64)
    description = models.CharField(max_length=500, blank=True)
    operations = models.JSONField(default=dict)
    changed_by = models.CharField(max_length=200)
    changed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["role", "number"], name="one_version_of_a_number")]


class Collection(models.Model):
    """A node of the tree. `path` is the materialised truth for reading; services keep it equal to the chain of names.

    Attributes:
        objects_count, children_count: what somebody sees in it, where `selectors.collections` has counted for them.
    """

    objects_count: int
    children_count: int

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    path = models.CharField(max_length=512, unique=True)
    is_builtin = models.BooleanField(default=False)
    label_constraints = models.JSONField(default=list)  # of rules.constraints.LabelConstraint
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(
                name="only_the_root_has_no_parent",
                condition=models.Q(path="/", parent__isnull=True) | (~models.Q(path="/") & models.Q(parent__isnull=False)),
            )
        ]


class CollectionAlias(models.Model):
    """A former path of a renamed or moved collection: labels that still say it mean the collection, until another takes it."""

    path = models.CharField(primary_key=True, max_length=512)
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="aliases")


class DefaultCollection(models.Model):
    """Where a user's objects go that name no collection; without a row `/Shared/Private/<user>`."""

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="+")
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="+")


class RegistryScope(models.Model):
    """What of the registry grants are on: a namespace, which is an organisation or a user, or one repository in it (ADR 20).

    Whether the repository exists is the registry's to know. A repository's scope has its namespace's scope above it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, null=True, on_delete=models.CASCADE, related_name="+")
    repository = models.CharField(max_length=128, blank=True)  # "" for all of the namespace

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="registry_scope_is_of_one_namespace",
                condition=models.Q(user__isnull=False, organization__isnull=True)
                | models.Q(user__isnull=True, organization__isnull=False),
            ),
            models.CheckConstraint(
                name="registry_scope_of_a_repository_is_below_its_namespace",
                condition=models.Q(repository="", parent__isnull=True)
                | (~models.Q(repository="") & models.Q(parent__isnull=False)),
            ),
            *(
                models.UniqueConstraint(
                    fields=[owner, "repository"],
                    condition=models.Q(**{f"{owner}__isnull": False}),
                    name=f"one_registry_scope_per_{owner}_and_repository",
                )
                for owner in ("user", "organization")
            ),
        ]

    @property
    def repositories(self) -> Repositories:
        return Repositories(str(self.user or self.organization), self.repository)


class GrantQuerySet(models.QuerySet["Grant"]):
    def spelled_out(self) -> GrantQuerySet:
        """With what its sentence needs: subject, role and place."""
        place = ("collection", "registry_scope__user", "registry_scope__organization")
        return self.select_related("user", "team__organization", "organization", "role", *place)


class Grant(models.Model):
    """Subject + role + collection or repositories, optionally until a time. There is no deny; permissions add up.

    A service account stands in the column of the users, which it is one of.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="grants")
    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE, related_name="grants")
    organization = models.ForeignKey(Organization, null=True, on_delete=models.CASCADE, related_name="grants")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="grants")
    collection = models.ForeignKey(Collection, null=True, on_delete=models.PROTECT, related_name="grants")
    registry_scope = models.ForeignKey(RegistryScope, null=True, on_delete=models.CASCADE, related_name="grants")
    expires_at = models.DateTimeField(null=True, db_index=True)
    comment = models.CharField(max_length=500, blank=True)
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["-created_at", "id"], name="grants_newest_first")]
        constraints = [
            models.CheckConstraint(
                name="grant_has_one_subject",
                condition=models.Q(user__isnull=False, team__isnull=True, organization__isnull=True)
                | models.Q(user__isnull=True, team__isnull=False, organization__isnull=True)
                | models.Q(user__isnull=True, team__isnull=True, organization__isnull=False),
            ),
            *(
                models.UniqueConstraint(
                    fields=[subject, "role", resource],
                    condition=models.Q(**{f"{subject}__isnull": False}),
                    name=f"one_grant_per_{subject}_role_and_{resource}",
                )
                for subject in ("user", "team", "organization")
                for resource in ("collection", "registry_scope")
            ),
            models.CheckConstraint(
                name="grant_is_on_one_resource",
                condition=models.Q(collection__isnull=False, registry_scope__isnull=True)
                | models.Q(collection__isnull=True, registry_scope__isnull=False),
            ),
        ]

    @property
    def subject_id(self) -> uuid.UUID:
        """Of the user, team or organisation."""
        return cast("uuid.UUID", self.user_id or self.team_id or self.organization_id)

    @property
    def path(self) -> str:
        """Of the place it is on: "/Shared/payments", "registry:acme/*"."""
        if self.collection is not None:
            return self.collection.path
        return cast("RegistryScope", self.registry_scope).repositories.path

    @property
    def subject_kind(self) -> SubjectKind:
        if self.user is not None:
            return SubjectKind.SERVICE_ACCOUNT if self.user.is_service_account else SubjectKind.USER
        return SubjectKind.TEAM if self.team_id else SubjectKind.ORGANIZATION


class Placement(models.Model):
    """Which collection an object of a cluster is in, and whose it is.

    A pending row (object_id "") is committed before a create is forwarded and completed with the id from the answer, so
    that a crash between the two loses nothing: the object carries `nonce` as a label, and a sweep joins or removes it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cluster_id = models.UUIDField()  # of orchestration, which is above us
    node_id = models.CharField(max_length=64, blank=True)  # only where names repeat per node: containers, volumes
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in ObjectKind])
    object_id = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=255, blank=True)
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="placements")
    owner_id = models.UUIDField(null=True)
    owner_name = models.CharField(max_length=200, blank=True)
    label = models.CharField(max_length=512, blank=True)  # the access label last sent for it
    nonce = models.CharField(max_length=32, blank=True, db_index=True)
    is_pending = models.BooleanField(default=False, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cluster_id", "node_id", "kind", "object_id"],
                name="one_placement_of_an_object",
                condition=~models.Q(object_id=""),
            )
        ]
        indexes = [models.Index(fields=["cluster_id", "kind", "object_id"])]


class Departure(models.Model):
    """Where an object was that is gone: what the engine still tells of it is told to whoever could view it there.

    Kept for an hour, which is longer than the engine remembers.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cluster_id = models.UUIDField()
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in ObjectKind])
    object_id = models.CharField(max_length=255)
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="+")
    removed_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["cluster_id", "kind", "object_id", "removed_at"])]
