from __future__ import annotations

import uuid

from django.db.models import Q, QuerySet

from apps.accounts.selectors import service_accounts_managed_by
from apps.certificates.models import Bundle
from apps.core.actor import Actor
from apps.core.errors import NotFound


def bundles_visible_to(actor: Actor, *, username: str = "") -> QuerySet[Bundle]:
    """The bundles with their users, newest first: the own ones, those of service accounts one manages, and everybody's to
    administrators."""
    rows = Bundle.objects.select_related("user").order_by("-created_at", "id")
    if not actor.is_administrator:
        managed = service_accounts_managed_by(actor).values("id")
        rows = rows.filter(Q(user_id=actor.id or uuid.UUID(int=0)) | Q(user_id__in=managed))
    return rows.filter(user__username=username.lower()) if username else rows


def bundle_visible_to(actor: Actor, bundle_id: uuid.UUID) -> Bundle:
    """Raises NotFound where it is absent or not the actor's to see."""
    bundle = bundles_visible_to(actor).filter(id=bundle_id).first()
    if bundle is None:
        raise NotFound("there is no such bundle, or you may not see it")
    return bundle
