"""`?preview=1` on a request that changes something: it changes nothing, and answers who would gain and lose what."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rehearsal import Effect, Shift, effect_of
from apps.core.rest import Serializer, actor_of, validated

SHOWN = 100
"""People, and collections, that a row of a preview names; all of them are counted."""

View = Callable[..., Response]


class PreviewQuery(Serializer):
    preview = serializers.BooleanField(
        default=False, help_text="Change nothing; answer who would gain and lose what, as an `AccessEffect`."
    )


class ShiftSerializer(Serializer):
    """Operations that the same people gain, or lose, in the same collections and below them."""

    summary = serializers.CharField(help_text="`14 people gain Container Exec on 3 collections`.")
    operations = serializers.ListField(child=serializers.CharField())
    people = serializers.ListField(child=serializers.CharField(), help_text=f"The first {SHOWN}, by name.")
    people_count = serializers.IntegerField()
    collections = serializers.ListField(child=serializers.CharField(), help_text=f"The first {SHOWN}, by path.")
    collections_count = serializers.IntegerField()


class AccessEffectSerializer(Serializer):
    """What a change would do to what people may do."""

    gained = ShiftSerializer(many=True)
    lost = ShiftSerializer(many=True)


def shown(effect: Effect) -> dict[str, Any]:
    """As `AccessEffectSerializer` describes it."""
    return {
        "gained": [_shown(shift, "gain") for shift in effect.gained],
        "lost": [_shown(shift, "lose") for shift in effect.lost],
    }


def _shown(shift: Shift, verb: str) -> dict[str, Any]:
    return {
        "summary": summary(shift, verb),
        "operations": shift.operations,
        "people": shift.people[:SHOWN],
        "people_count": len(shift.people),
        "collections": shift.collections[:SHOWN],
        "collections_count": len(shift.collections),
    }


def summary(shift: Shift, verb: str) -> str:
    """One sentence. Args: verb: "gain" or "lose"."""
    people = f"{len(shift.people)} people {verb}" if len(shift.people) > 1 else f"{shift.people[0]} {verb}s"
    others = len(shift.operations) - 1
    more = f" and {others} more" if others else ""
    where = f"{len(shift.collections)} collections" if len(shift.collections) > 1 else shift.collections[0]
    return f"{people} {shift.operations[0]}{more} on {where}"


def previewable(view: View) -> View:
    """Gives a view method that changes something the parameter `preview`. What it refuses, it refuses in a preview, too."""

    @functools.wraps(view)
    def answer(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        if not validated(PreviewQuery, request.query_params)["preview"]:
            return view(self, request, *args, **kwargs)
        return Response(shown(effect_of(actor_of(request), lambda: view(self, request, *args, **kwargs))))

    return answer


def or_effect(serializer: type[serializers.Serializer[Any]]) -> PolymorphicProxySerializer:
    """The answer of a previewable view for the OpenAPI description."""
    return PolymorphicProxySerializer(
        component_name=f"{serializer.__name__.removesuffix('Serializer')}OrAccessEffect",
        serializers=[serializer, AccessEffectSerializer],
        resource_type_field_name=None,
    )
