"""What becomes of client bundles when an account goes. Their rows go with the account's, or stay with it."""

from __future__ import annotations

from collections.abc import Iterator

from apps.certificates.models import Bundle
from apps.core import lifecycle
from apps.core.lifecycle import SHOWN_NAMES, Departure, Effect, Leaver

REVOKED = "they are revoked: their certificates sign nobody in any more"
ASLEEP = "they sign nobody in until the account is active again"


def register() -> None:
    """Called once, from `certificates.apps`."""
    lifecycle.on_departure(forecast)


def forecast(departure: Departure) -> Iterator[Effect]:
    """What `core.lifecycle.effects_of` asks of this app."""
    if departure.leaver is Leaver.TEAM:
        return
    of_organization = departure.leaver is Leaver.ORGANIZATION
    owner = {"user__organization_id": departure.subject_id} if of_organization else {"user_id": departure.subject_id}
    bundles = Bundle.objects.filter(**owner).select_related("user").order_by("user__username", "name")
    names = tuple(f"{bundle.user.username}: {bundle.name}" for bundle in bundles[:SHOWN_NAMES])
    yield Effect("client bundles", bundles.count(), names, REVOKED if departure.is_final else ASLEEP)
