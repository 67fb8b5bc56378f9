from __future__ import annotations

import datetime
import uuid

from django.db.models import Q, QuerySet

from apps.access.models import Collection, Grant, RegistryScope, Role
from apps.access.rules.policy import Policy
from apps.access.rules.repositories import Repositories, repositories
from apps.access.selectors.collections import may_read_everything
from apps.access.types import ROOT_PATH, SubjectKind
from apps.accounts.models import Organization, OrganizationMember, Team, User
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotFound

Subject = User | Team | Organization


def grants_visible_to(
    actor: Actor,
    policy: Policy,
    *,
    subject: str = "",
    expand: bool = False,
    role: str = "",
    collection: str = "",
    registry: str = "",
    inherited: bool = False,
    expiring_before: datetime.datetime | None = None,
    created_by: str = "",
    search: str = "",
) -> QuerySet[Grant]:
    """The grants, newest first.

    Administrators and who holds Access View see all; others those that apply to them: their own, and those of their teams
    and organisations. Who administers an organisation sees those of its teams and service accounts, too.

    Args:
        subject: "user:bob", "team:acme/payments", "organization:acme" or "service-account:acme/ci"; "" for every subject.
        expand: with a user's own grants also those of the user's teams and organisations.
        role: its name.
        collection: the path of the collection they are on; "" for every collection.
        registry: the repositories they are on, "acme/*" or "acme/web"; "" for all grants.
        inherited: with those on the collection or repositories also those above, which hold there, too.
        expiring_before: only those that end before.
        created_by: the name of who made them.
        search: a part of the name of the subject, the role, the collection or the repositories, or of the comment.
    """
    rows: QuerySet[Grant] = Grant.objects.spelled_out()
    if not may_read_everything(actor, policy):
        own_id = actor.id or uuid.UUID(int=0)
        rows = rows.filter(_applies_to(own_id, policy) | _is_managed_by(own_id))
    if subject:
        rows = rows.filter(_expanded(subject, policy) if expand else _subject_filter(subject))
    elif expand:
        raise InvalidInput.field("expand", "goes with a subject")
    if role:
        rows = rows.filter(role__name=role)
    if collection:
        rows = rows.filter(collection__path__in=[*_paths_above(collection), collection] if inherited else [collection])
    if registry:
        rows = rows.filter(_on_repositories(repositories(registry, field="registry"), inherited=inherited))
    if inherited and not (collection or registry):
        raise InvalidInput.field("inherited", "goes with a collection or with registry")
    if expiring_before is not None:
        rows = rows.filter(expires_at__lt=expiring_before)
    if created_by:
        rows = rows.filter(created_by=created_by)
    return (rows.filter(_search_filter(search)) if search else rows).order_by("-created_at", "id")


def _applies_to(user_id: uuid.UUID, policy: Policy) -> Q:
    groups = policy.group_ids(user_id)
    return Q(user_id=user_id) | Q(team_id__in=groups) | Q(organization_id__in=groups)


def _is_managed_by(user_id: uuid.UUID) -> Q:
    """By sets of ids, for each of which the database has an index."""
    administered = OrganizationMember.objects.filter(user_id=user_id, is_admin=True).values("organization_id")
    teams = Team.objects.filter(organization_id__in=administered).values("id")
    accounts = User.objects.filter(organization_id__in=administered).values("id")
    return Q(team_id__in=teams) | Q(user_id__in=accounts)


def subjects_seen_by(actor: Actor, policy: Policy) -> frozenset[uuid.UUID]:
    """The users, teams and organisations whose grants are shown to somebody who is not shown all."""
    own_id = actor.id or uuid.UUID(int=0)
    administered = OrganizationMember.objects.filter(user_id=own_id, is_admin=True).values("organization_id")
    teams = Team.objects.filter(organization_id__in=administered).values_list("id", flat=True)
    accounts = User.objects.filter(organization_id__in=administered).values_list("id", flat=True)
    return policy.group_ids(own_id) | {own_id, *teams, *accounts}


def _paths_above(path: str) -> list[str]:
    segments = path.strip("/").split("/")
    return [ROOT_PATH, *("/" + "/".join(segments[:depth]) for depth in range(1, len(segments)))]


def _on_repositories(wanted: Repositories, *, inherited: bool) -> Q:
    scopes = RegistryScope.objects.filter(
        Q(user__username=wanted.namespace, user__organization__isnull=True) | Q(organization__name=wanted.namespace),
        repository__in=["", wanted.repository] if inherited else [wanted.repository],
    )
    on = Q(registry_scope_id__in=scopes.values("id"))
    return on | Q(collection__path=ROOT_PATH) if inherited else on


def grant_visible_to(actor: Actor, policy: Policy, grant_id: uuid.UUID) -> Grant:
    """Raises NotFound where it is absent or not the actor's to see."""
    grant = grants_visible_to(actor, policy).filter(id=grant_id).first()
    if grant is None:
        raise NotFound("there is no such grant, or you may not see it")
    return grant


def subject_of(text: str) -> Subject:
    """The account that "user:bob", "team:acme/payments", "organization:acme" or "service-account:acme/ci" names.

    Raises:
        InvalidInput: of another form, or there is no such account.
    """
    kind, organization, name = parse_subject(text)
    found: Subject | None
    match kind:
        case SubjectKind.USER:
            found = User.objects.people().filter(username=name).first()
        case SubjectKind.SERVICE_ACCOUNT:
            found = User.objects.filter(organization__name=organization, username=f"{organization}/{name}").first()
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
    """Kind, organisation ("" for a user or an organisation) and name. Raises InvalidInput where the text has another form."""
    kind_text, _, name = text.partition(":")
    organization = ""
    if kind_text in _OF_AN_ORGANIZATION:
        organization, _, name = name.partition("/")
    is_complete = bool(name) and (bool(organization) or kind_text not in _OF_AN_ORGANIZATION)
    if kind_text not in SubjectKind.__members__.values() or not is_complete or len(text) > _SUBJECT_MAX_CHARS:
        raise InvalidInput.field("subject", f"must be {SUBJECT_FORMS}")
    return SubjectKind(kind_text), organization.lower(), name.lower()


SUBJECT_FORMS = "user:NAME, team:ORGANIZATION/NAME, organization:NAME or service-account:ORGANIZATION/NAME"
_OF_AN_ORGANIZATION = (SubjectKind.TEAM, SubjectKind.SERVICE_ACCOUNT)
_SUBJECT_MAX_CHARS = 200


def _subject_filter(text: str) -> Q:
    kind, organization, name = parse_subject(text)
    match kind:
        case SubjectKind.USER:
            return Q(user_id__in=User.objects.people().filter(username=name).values("id"))
        case SubjectKind.SERVICE_ACCOUNT:
            owned = User.objects.filter(organization__name=organization, username=f"{organization}/{name}")
            return Q(user_id__in=owned.values("id"))
        case SubjectKind.ORGANIZATION:
            return Q(organization_id__in=Organization.objects.filter(name=name).values("id"))
        case SubjectKind.TEAM:
            return Q(team_id__in=Team.objects.filter(organization__name=organization, name=name).values("id"))


def _expanded(text: str, policy: Policy) -> Q:
    kind, _, name = parse_subject(text)
    if kind is not SubjectKind.USER:
        raise InvalidInput.field("expand", "is for users, who have teams and organisations")
    user = User.objects.people().filter(username=name).first()
    groups = policy.group_ids(user.id) if user is not None else frozenset()
    return _subject_filter(text) | Q(team_id__in=groups) | Q(organization_id__in=groups)


def _search_filter(text: str) -> Q:
    """By sets of ids: a join with everything that has a name would compare each of them for each grant."""
    return (
        Q(user_id__in=User.objects.filter(username__icontains=text).values("id"))
        | Q(team_id__in=Team.objects.filter(Q(name__icontains=text) | Q(organization__name__icontains=text)).values("id"))
        | Q(organization_id__in=Organization.objects.filter(name__icontains=text).values("id"))
        | Q(role_id__in=Role.objects.filter(name__icontains=text).values("id"))
        | Q(collection_id__in=Collection.objects.filter(path__icontains=text).values("id"))
        | Q(registry_scope_id__in=_scopes_named(text).values("id"))
        | Q(comment__icontains=text)
    )


def _scopes_named(text: str) -> QuerySet[RegistryScope]:
    return RegistryScope.objects.filter(
        Q(user__username__icontains=text) | Q(organization__name__icontains=text) | Q(repository__icontains=text)
    )
