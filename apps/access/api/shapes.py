"""The JSON shapes of roles, collections and grants.

Where a field has the name of an attribute of Django REST framework's serializers (`parent`, `create`), its metaclass takes
the field off the class, so only the type checker sees a clash.
"""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.access.models import Collection, Grant
from apps.access.selectors.grants import subject_text
from apps.core.rest import ListQuery, Serializer

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


class RoleSerializer(Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()
    is_builtin = serializers.BooleanField()
    operations = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text='Operation to the options it allows: `{"Service Create": ["Host Bind Mounts"]}`.',
    )


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
    created_at = serializers.DateTimeField()
    capabilities = serializers.SerializerMethodField()

    def get_name(self, collection: Collection) -> str:
        return collection.path.rpartition("/")[2] or "/"

    @extend_schema_field(CollectionCapabilitiesSerializer)
    def get_capabilities(self, collection: Collection) -> dict[str, bool]:
        may_change = self.context["actor"].is_administrator
        is_custom = not collection.is_builtin
        return {"update": may_change and is_custom, "delete": may_change and is_custom, "create": may_change}


class CollectionBody(Serializer):
    path = serializers.CharField(max_length=512, trim_whitespace=False)


class PlacedObjectSerializer(Serializer):
    id = serializers.CharField(source="object_id", help_text="The engine's id.")
    kind = serializers.CharField()
    name = serializers.CharField()
    owner = serializers.CharField(source="owner_name")
    cluster = serializers.UUIDField(source="cluster_id")
    node = serializers.CharField(source="node_id")
    created_at = serializers.DateTimeField()


class GrantQuery(ListQuery):
    subject = serializers.CharField(required=False, help_text="`user:bob`, `team:acme/payments` or `organization:acme`.")
    collection = serializers.CharField(required=False, help_text="The path of the collection the grants are on.")


class GrantCapabilitiesSerializer(Serializer):
    delete = serializers.BooleanField()


class GrantSerializer(Serializer):
    id = serializers.UUIDField()
    subject = serializers.SerializerMethodField(help_text="`user:bob`, `team:acme/payments` or `organization:acme`.")
    role = serializers.CharField(source="role.name")
    resource = serializers.SerializerMethodField(help_text="`collection:/Shared/payments`.")
    expires_at = serializers.DateTimeField(allow_null=True)
    comment = serializers.CharField()
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    capabilities = serializers.SerializerMethodField()

    def get_subject(self, grant: Grant) -> str:
        return subject_text(grant)

    def get_resource(self, grant: Grant) -> str:
        return f"collection:{grant.collection.path}"

    @extend_schema_field(GrantCapabilitiesSerializer)
    def get_capabilities(self, grant: Grant) -> dict[str, bool]:
        return {"delete": self.context["actor"].is_administrator}


class GrantBody(Serializer):
    subject = serializers.CharField(help_text="`user:bob`, `team:acme/payments` or `organization:acme`.")
    role = serializers.CharField(help_text="The role's name.")
    resource = serializers.CharField(help_text="`collection:/Shared/payments`.", trim_whitespace=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)


class ExplainQuery(Serializer):
    subject = serializers.CharField(help_text="`user:bob`.")
    operation = serializers.CharField(help_text="`Service Create`.")
    target = serializers.CharField(default="collection:/", help_text="`collection:/Shared/payments`.")
    option = serializers.ListField(child=serializers.CharField(), required=False, help_text="May be given several times.")


class DecisionSerializer(Serializer):
    allowed = serializers.BooleanField()
    subject = serializers.CharField()
    operation = serializers.CharField()
    collection = serializers.CharField(source="resource")
    missing = serializers.ListField(child=serializers.CharField())
    because = serializers.ListField(child=serializers.CharField())
    sentence = serializers.CharField()
