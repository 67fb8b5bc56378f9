from __future__ import annotations

import uuid

from django.db.models import Q, QuerySet

from apps.access.models import Grant
from apps.access.rules.policy import Policy
from apps.access.selectors.collections import may_read_everything
from apps.access.types import SubjectKind
from apps.accounts.models import Organization, Team, User
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotFound

Subject = User | Team | Organization


def grants_visible_to(actor: Actor, policy: Policy, *, subject: str = "", collection: str = "") -> QuerySet[Grant]:
    """The grants with subject, role and collection, newest first.

    Administrators and who holds Access View see all; others those that apply to them: their own, and those of their teams
    and organisations.

    Args:
        subject: "user:bob", "team:acme/payments" or "organization:acme"; "" for every subject.
        collection: the path of the collection they are on; "" for every collection.
    """
    rows = Grant.objects.select_related("user", "team__organization", "organization", "role", "collection")
    if not may_read_everything(actor, policy):
        own_id = actor.id or uuid.UUID(int=0)
        groups = policy.group_ids(own_id)
        rows = rows.filter(Q(user_id=own_id) | Q(team_id__in=groups) | Q(organization_id__in=groups))
    if subject:
        rows = rows.filter(_subject_filter(subject))
    if collection:
        rows = rows.filter(collection__path=collection)
    return rows.order_by("-created_at", "id")


def grant_visible_to(actor: Actor, policy: Policy, grant_id: uuid.UUID) -> Grant:
    """Raises NotFound where it is absent or not the actor's to see."""
    grant = grants_visible_to(actor, policy).filter(id=grant_id).first()
    if grant is None:
        raise NotFound("there is no such grant, or you may not see it")
    return grant


def subject_of(text: str) -> Subject:
    """The account that "user:bob", "team:acme/payments" or "organization:acme" names.

    Raises:
        InvalidInput: of another form, or there is no such account.
    """
    kind, organization, name = parse_subject(text)
    found: Subject | None
    match kind:
        case SubjectKind.USER:
            found = User.objects.filter(username=name).first()
        case SubjectKind.ORGANIZATION:
            found = Organization.objects.filter(name=name).first()
        case SubjectKind.TEAM:
            found = Team.objects.select_related("organization").filter(organization__name=organization, name=name).first()
    if found is None:
        raise InvalidInput.field("subject", f"there is no {text}")
    return found


def subject_text(grant: Grant) -> str:
    """The subject as the REST API writes it: "team:acme/payments"."""
    return f"{grant.subject_kind.value}:{grant.user or grant.team or grant.organization}"


def parse_subject(text: str) -> tuple[SubjectKind, str, str]:
    """Kind, organisation ("" except for a team) and name. Raises InvalidInput where the text has another form."""
    kind_text, _, name = text.partition(":")
    organization = ""
    if kind_text == SubjectKind.TEAM:
        organization, _, name = name.partition("/")
    is_complete = bool(name) and (bool(organization) or kind_text != SubjectKind.TEAM)
    if kind_text not in SubjectKind.__members__.values() or not is_complete or len(text) > _SUBJECT_MAX_CHARS:
        raise InvalidInput.field("subject", "must be user:NAME, team:ORGANIZATION/NAME or organization:NAME")
    return SubjectKind(kind_text), organization.lower(), name.lower()


_SUBJECT_MAX_CHARS = 200


def _subject_filter(text: str) -> Q:
    kind, organization, name = parse_subject(text)
    match kind:
        case SubjectKind.USER:
            return Q(user__username=name)
        case SubjectKind.ORGANIZATION:
            return Q(organization__name=name)
        case SubjectKind.TEAM:
            return Q(team__organization__name=organization, team__name=name)
