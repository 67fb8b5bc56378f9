"""The JSON shapes of roles, collections, grants and decisions.

Where a field has the name of an attribute of Django REST framework's serializers (`parent`, `create`), its metaclass takes
the field off the class, so only the type checker sees a clash.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.access.api.resources import resource_text
from apps.access.models import Collection, Grant, Placement, Role
from apps.access.rules.constraints import ConstraintType
from apps.access.rules.moving import LEAVE
from apps.access.selectors.grants import subject_text
from apps.access.selectors.policy import store
from apps.access.types import OBJECT_KINDS, ObjectKind
from apps.core.previews import AccessEffectSerializer, PreviewQuery
from apps.core.rest import ListQuery, Serializer, capabilities_schema

PREVIEW_SIZE = 100
"""Grants and people that a preview names."""

SUBJECT_HELP = "`user:bob`, `team:acme/payments`, `organization:acme` or `service-account:acme/ci`."
RESOURCE_HELP = "`collection:/Shared/payments`, `registry:acme/*` or `registry:acme/web`."
PLACE_HELP = "The path of the collection; `registry:acme/*` or `registry:acme/web` for repositories."
PARENT_HELP = "Right below this collection: its id or its path."


class OptionSerializer(Serializer):
    name = serializers.CharField()
    description = serializers.CharField()


class OperationSerializer(Serializer):
    name = serializers.CharField(help_text="For instance `Service Create`.")
    group = serializers.CharField()
    description = serializers.CharField()
    options = OptionSerializer(many=True)
    waits_for = serializers.CharField(
        help_text="The part of the product that will ask for it; empty where it is asked for already."
    )


class DeleteRoleQuery(PreviewQuery):
    with_grants = serializers.BooleanField(default=False, help_text="Remove the grants that give the role, too.")


class RoleQuery(ListQuery):
    search = serializers.CharField(required=False, help_text="A part of the name or the description.")


OPERATIONS_HELP = 'Operation to the options it allows: `{"Service Create": ["Host Bind Mounts"]}`.'


def _operations_field(**options: Any) -> serializers.DictField:
    return serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=64)), help_text=OPERATIONS_HELP, **options
    )


class RoleCapabilitiesSerializer(Serializer):
    update = serializers.BooleanField()  # type: ignore[assignment]
    delete = serializers.BooleanField()


class RoleSerializer(Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()
    is_builtin = serializers.BooleanField()
    operations = _operations_field()
    version = serializers.IntegerField(help_text="Counts the changes of a custom role; 0 for a built-in one.")
    grants_count = serializers.IntegerField(help_text="Grants of it that the caller may see.")
    updated_at = serializers.DateTimeField()
    capabilities = serializers.SerializerMethodField()

    @extend_schema_field(RoleCapabilitiesSerializer)
    def get_capabilities(self, role: Role) -> dict[str, bool]:
        may_change = self.context["actor"].is_administrator and not role.is_builtin
        return {"update": may_change, "delete": may_change}


class RoleBody(Serializer):
    name = serializers.CharField(trim_whitespace=False)
    description = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)
    operations = _operations_field()


class RoleUpdateBody(Serializer):
    name = serializers.CharField(required=False, trim_whitespace=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=500)
    operations = _operations_field(required=False)


class RestoreBody(Serializer):
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class RoleVersionSerializer(Serializer):
    version = serializers.IntegerField(source="number")
    name = serializers.CharField()
    description = serializers.CharField()
    operations = _operations_field()
    changed_by = serializers.CharField()
    changed_at = serializers.DateTimeField()


class LabelConstraintSerializer(Serializer):
    type = serializers.ChoiceField(
        choices=[each.value for each in ConstraintType],
        help_text="`label`: of the workload itself; `node`, `engine`: a placement constraint on the labels of those.",
    )
    key = serializers.CharField(max_length=128)
    value = serializers.CharField(max_length=255, allow_blank=True, trim_whitespace=False)
    equality = serializers.BooleanField(default=True, help_text="Whether it must have the value, or must not.")


class InheritedLabelConstraintSerializer(LabelConstraintSerializer):
    collection = serializers.CharField(help_text="The path of the collection above that has it.")


class CollectionQuery(ListQuery):
    path = serializers.CharField(required=False, help_text="The collection of this path only.")
    parent = serializers.CharField(required=False, help_text=PARENT_HELP)  # type: ignore[assignment]
    search = serializers.CharField(required=False, help_text="A part of the path.")


class CollectionCapabilitiesSerializer(Serializer):
    update = serializers.BooleanField()  # type: ignore[assignment]
    delete = serializers.BooleanField()
    create = serializers.BooleanField(help_text="Collections in it.")  # type: ignore[assignment]


class CollectionSerializer(Serializer):
    id = serializers.UUIDField()
    path = serializers.CharField()
    name = serializers.SerializerMethodField()
    parent = serializers.UUIDField(source="parent_id", allow_null=True)  # type: ignore[assignment]
    is_builtin = serializers.BooleanField()
    objects_count = serializers.IntegerField()
    children_count = serializers.IntegerField()
    label_constraints = LabelConstraintSerializer(many=True, help_text="What workloads created there must carry.")
    created_at = serializers.DateTimeField()
    capabilities = serializers.SerializerMethodField()

    def get_name(self, collection: Collection) -> str:
        return collection.path.rpartition("/")[2] or "/"

    @extend_schema_field(CollectionCapabilitiesSerializer)
    def get_capabilities(self, collection: Collection) -> dict[str, bool]:
        may_change = self.context["actor"].is_administrator
        is_custom = not collection.is_builtin
        return {"update": may_change and is_custom, "delete": may_change and is_custom, "create": may_change}


class CollectionDetailSerializer(CollectionSerializer):
    inherited_label_constraints = InheritedLabelConstraintSerializer(
        many=True, source="inherited", help_text="Those of the collections above, which hold there, too."
    )
    former_paths = serializers.ListField(
        child=serializers.CharField(),
        help_text="By which it is still found. For administrators and holders of Access View; empty for others.",
    )


CONFIRM_HELP = "From a 409 `needs-confirmation`, whose `evicts` lists the running tasks that this stops on nodes in it."


class CollectionBody(Serializer):
    path = serializers.CharField(trim_whitespace=False)
    label_constraints = LabelConstraintSerializer(many=True, required=False, default=[])


class CollectionUpdateBody(Serializer):
    path = serializers.CharField(required=False, trim_whitespace=False)
    label_constraints = LabelConstraintSerializer(many=True, required=False)
    confirm = serializers.CharField(required=False, allow_blank=True, max_length=64, help_text=CONFIRM_HELP)


class DeleteCollectionQuery(Serializer):
    move_to = serializers.CharField(
        required=False, trim_whitespace=False, help_text="The path of the collection that takes its objects and collections."
    )
    with_grants = serializers.BooleanField(default=False, help_text="Remove the grants on it, too; they do not move.")
    confirm = serializers.CharField(required=False, allow_blank=True, max_length=64, help_text=CONFIRM_HELP)


class DefaultCollectionSerializer(Serializer):
    collection = serializers.CharField(allow_null=True, help_text="Its path; null where there is none the caller may see.")
    capabilities = capabilities_schema("DefaultCollectionCapabilities", "update")


class DefaultCollectionBody(Serializer):
    collection = serializers.CharField(trim_whitespace=False, help_text="`/Shared/payments`.")


class ObjectsQuery(ListQuery):
    kind = serializers.ChoiceField(choices=OBJECT_KINDS, required=False)
    search = serializers.CharField(required=False, help_text="A part of the name.")


class PlacedObjectSerializer(Serializer):
    id = serializers.CharField(source="object_id", help_text="The engine's id.")
    kind = serializers.ChoiceField(choices=OBJECT_KINDS)
    name = serializers.CharField()
    owner = serializers.CharField(source="owner_name")
    cluster = serializers.UUIDField(source="cluster_id")
    node = serializers.CharField(source="node_id")
    created_at = serializers.DateTimeField()
    capabilities = serializers.SerializerMethodField()

    @extend_schema_field(capabilities_schema("PlacedObjectCapabilities", "move"))
    def get_capabilities(self, placement: Placement) -> dict[str, bool]:
        leave = LEAVE[ObjectKind(placement.kind)]
        return {"move": store.current.may(self.context["actor"], leave, placement.collection_id)}


class GrantQuery(ListQuery):
    subject = serializers.CharField(required=False, help_text=SUBJECT_HELP)
    expand = serializers.BooleanField(
        default=False, help_text="With a user's own grants also those of the user's teams and organisations."
    )
    role = serializers.CharField(required=False, help_text="The role's name.")
    collection = serializers.CharField(required=False, help_text="The path of the collection the grants are on.")
    registry = serializers.CharField(required=False, help_text="The repositories they are on: `acme/*` or `acme/web`.")
    inherited = serializers.BooleanField(
        default=False, help_text="With those on the collection or repositories also those on what is above."
    )
    expiring_before = serializers.DateTimeField(required=False, help_text="Only those that end, and end before.")
    created_by = serializers.CharField(required=False, help_text="The name of who made them.")
    search = serializers.CharField(required=False, help_text="A part of a subject's, role's or collection's name, or comment.")


class GrantCapabilitiesSerializer(Serializer):
    update = serializers.BooleanField()  # type: ignore[assignment]
    delete = serializers.BooleanField()


class GrantSerializer(Serializer):
    """Finds what the caller may grant as `context["delegation"]`."""

    id = serializers.UUIDField()
    subject = serializers.SerializerMethodField(help_text=SUBJECT_HELP)
    role = serializers.CharField(source="role.name")
    resource = serializers.SerializerMethodField(help_text=RESOURCE_HELP)
    expires_at = serializers.DateTimeField(allow_null=True)
    comment = serializers.CharField()
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    capabilities = serializers.SerializerMethodField()

    def get_subject(self, grant: Grant) -> str:
        return subject_text(grant)

    def get_resource(self, grant: Grant) -> str:
        return resource_text(grant.path)

    @extend_schema_field(GrantCapabilitiesSerializer)
    def get_capabilities(self, grant: Grant) -> dict[str, bool]:
        may_change = self.context["delegation"].allows(grant)
        return {"update": may_change, "delete": may_change}


class RolePreviewSerializer(Serializer):
    gained = serializers.ListField(child=serializers.CharField(), help_text="`Service Create with Host Bind Mounts`.")
    lost = serializers.ListField(child=serializers.CharField())
    grants_count = serializers.IntegerField(help_text="Grants of the role that are in force.")
    grants = GrantSerializer(many=True, help_text=f"The {PREVIEW_SIZE} newest of them.")
    people_count = serializers.IntegerField(help_text="Active accounts whom they reach.")
    people = serializers.ListField(child=serializers.CharField(), help_text=f"The first {PREVIEW_SIZE} of them, by name.")
    effect = AccessEffectSerializer(help_text="What they gain and lose, whatever else they hold taken into account.")


class GrantBody(Serializer):
    subject = serializers.CharField(help_text=SUBJECT_HELP)
    role = serializers.CharField(help_text="The role's name.")
    resource = serializers.CharField(help_text=RESOURCE_HELP, trim_whitespace=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)


class GrantUpdateBody(Serializer):
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=500)


class _OperationQuery(Serializer):
    operation = serializers.CharField(help_text="`Service Create`.")
    target = serializers.CharField(default="collection:/", help_text=RESOURCE_HELP)
    option = serializers.ListField(child=serializers.CharField(), default=list, help_text="May be given several times.")


class ExplainQuery(_OperationQuery):
    subject = serializers.CharField(help_text="`user:bob` or `service-account:acme/ci`.")


class WhoCanQuery(ListQuery, _OperationQuery):
    pass


class WhatCanQuery(ListQuery):
    subject = serializers.CharField(help_text="`user:bob` or `service-account:acme/ci`.")


class HolderSerializer(Serializer):
    """Somebody who may do it, and through what."""

    subject = serializers.CharField()
    because = serializers.ListField(child=serializers.CharField())


class HeldSerializer(Serializer):
    """What may be done at a place and all below it."""

    collection = serializers.CharField(source="path", help_text=PLACE_HELP)
    operations = serializers.ListField(child=serializers.CharField())


class DecisionSerializer(Serializer):
    allowed = serializers.BooleanField()
    subject = serializers.CharField()
    operation = serializers.CharField()
    collection = serializers.CharField(source="resource", help_text=PLACE_HELP)
    missing = serializers.ListField(child=serializers.CharField())
    because = serializers.ListField(child=serializers.CharField())
    sentence = serializers.CharField()
