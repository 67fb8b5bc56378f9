"""What of the registry a grant is on: a namespace, `acme/*`, or one repository in it, `acme/web`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.access.types import REGISTRY_PREFIX
from apps.core.errors import InvalidInput
from apps.core.names import account_name

REPOSITORY_MAX_CHARS = 128
ALL = "*"

_REPOSITORY = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
"""One component of a repository's name (OCI Distribution Specification 1.1, "Pulling manifests")."""


@dataclass(frozen=True, slots=True)
class Repositories:
    """Args: namespace: the name of an organisation or a user; repository: "" for all that are in it."""

    namespace: str
    repository: str = ""

    @property
    def path(self) -> str:
        """How places are called beside the paths of collections: `registry:acme/*`."""
        return f"{REGISTRY_PREFIX}{self.namespace}/{self.repository or ALL}"


def repositories(text: str, *, field: str) -> Repositories:
    """What `acme/*` or `acme/web` means.

    Raises:
        InvalidInput: of the field, of another form.
    """
    namespace, slash, repository = text.partition("/")
    if not slash or not namespace:
        raise InvalidInput.field(field, "must be registry:NAMESPACE/* or registry:NAMESPACE/REPOSITORY")
    if repository == ALL:
        return Repositories(account_name(namespace, field=field))
    if len(repository) > REPOSITORY_MAX_CHARS:
        raise InvalidInput.field(field, f"has a repository's name of more than {REPOSITORY_MAX_CHARS} characters")
    if not _REPOSITORY.fullmatch(repository):
        rule = "must be lower-case letters and digits of ASCII, with '.', '_', '__' or '-' between them"
        raise InvalidInput.field(field, f"has the repository {repository!a}, which {rule}; all are {namespace}/*")
    return Repositories(account_name(namespace, field=field), repository)
