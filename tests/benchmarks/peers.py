"""Other deciders, given the same rows and asked the same questions: cedarpy (Cedar, in Rust) and pycasbin."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from apps.access.rules.collection_tree import PolicyCollection
from apps.access.rules.operations import OPERATIONS, SYSTEM_GROUP, mask_of
from apps.access.rules.policy import PolicyGrant, PolicyUser

Ask = Callable[[str, str, str], bool]
"""User id, operation, path of the collection → whether it is allowed."""


@dataclass(frozen=True)
class Peer:
    name: str
    load: Callable[[list[PolicyUser], list[PolicyCollection], list[PolicyGrant]], Ask]


def _cedar(users: list[PolicyUser], collections: list[PolicyCollection], grants: list[PolicyGrant]) -> Ask:
    """Policies and entities parsed once. A grant is a policy; an operation is in the roles that have it."""
    import cedarpy

    paths = {row.id: row.path for row in collections}
    text = "\n".join(
        f'permit(principal in Subject::"{grant.subject_id}", action in Action::"role {grant.role}", '
        f'resource in Collection::"{paths[grant.place_id]}");'
        for grant in grants
    )
    policies = cedarpy.PolicySet.from_str(text)
    graph = [
        *(_entity("Subject", str(user.id), "Subject", map(str, user.group_ids)) for user in users),
        *(
            _entity("Collection", row.path, "Collection", [paths[row.parent_id]] if row.parent_id else [])
            for row in collections
        ),
        *(
            _entity("Action", name, "Action", [f"role {role}" for role in roles])
            for name, roles in _roles_of_operations(grants).items()
        ),
    ]
    entities = cedarpy.Entities.from_json_str(json.dumps(graph))

    def ask(user: str, operation: str, path: str) -> bool:
        request = {
            "principal": f'Subject::"{user}"',
            "action": f'Action::"{operation}"',
            "resource": f'Collection::"{path}"',
            "context": {},
        }
        return bool(cedarpy.is_authorized(request, policies, entities).allowed) and _counts_at(operation, path)

    return ask


def _entity(kind: str, name: str, parent_kind: str, parents: Iterable[str]) -> dict[str, object]:
    above = [{"type": parent_kind, "id": parent} for parent in parents]
    return {"uid": {"type": kind, "id": name}, "attrs": {}, "parents": above}


_CASBIN_MODEL = """
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
g2 = _, _
g3 = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && g2(r.obj, p.obj) && g3(r.act, p.act)
"""


def _casbin(users: list[PolicyUser], collections: list[PolicyCollection], grants: list[PolicyGrant]) -> Ask:
    import casbin

    paths = {row.id: row.path for row in collections}
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as model:
        Path(model.name).write_text(_CASBIN_MODEL)
        enforcer = casbin.Enforcer(model.name)
    enforcer.add_policies([[str(grant.subject_id), paths[grant.place_id], grant.role] for grant in grants])
    enforcer.add_named_grouping_policies("g", [[str(user.id), str(group)] for user in users for group in user.group_ids])
    enforcer.add_named_grouping_policies("g2", [[row.path, paths[row.parent_id]] for row in collections if row.parent_id])
    enforcer.add_named_grouping_policies(
        "g3", [[name, role] for name, roles in _roles_of_operations(grants).items() for role in roles]
    )

    def ask(user: str, operation: str, path: str) -> bool:
        return bool(enforcer.enforce(user, path, operation)) and _counts_at(operation, path)

    return ask


def _roles_of_operations(grants: list[PolicyGrant]) -> dict[str, list[str]]:
    masks = {grant.role: grant.mask for grant in grants}
    return {name: [role for role, mask in masks.items() if mask & mask_of({name: ()})] for name in OPERATIONS}


def _counts_at(operation: str, path: str) -> bool:
    """System operations are held on `/` only."""
    return path == "/" or OPERATIONS[operation].group != SYSTEM_GROUP


PEERS = (Peer("cedarpy", _cedar), Peer("pycasbin", _casbin))
