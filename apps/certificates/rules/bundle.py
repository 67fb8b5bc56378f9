"""The client bundle: a zip from which stock docker clients work.

    ca.pem cert.pem key.pem cert.pub    what TLS needs, under the names the docker CLI looks for in DOCKER_CERT_PATH
    env.sh env.ps1 env.cmd              set the docker CLI's variables
    docker-context.zip                  for `docker context import NAME docker-context.zip`

The docker CLI refuses an imported context with any other file in it than meta.json and tls/docker/*, hence the zip in the
zip. A bundle for a key that stayed at home has neither key.pem nor docker-context.zip.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass

from apps.core.errors import InvalidInput

_HOST = re.compile(r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")
_HTTPS_PORT = 443
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]*[A-Za-z0-9._-])?")
NAME_MAX_CHARS = 100

_PRIVATE, _PUBLIC = 0o600, 0o644


@dataclass(frozen=True, slots=True)
class Credentials:
    """Args: key_pem: None where the key stays at home."""

    ca_pem: bytes
    certificate_pem: bytes
    public_key_pem: bytes
    key_pem: bytes | None


def docker_address(host_header: str) -> str:
    """The `tcp://HOST:PORT` of the DOCKER_HOST variable.

    Args:
        host_header: the Host header by which the caller reached us (RFC 9110, section 7.2).

    Raises:
        InvalidInput: it is no host with an optional port; nothing else may get into a script that people evaluate.
    """
    match = _HOST.fullmatch(host_header)
    if match is None or not 0 < int(match["port"] or _HTTPS_PORT) < 65536:
        raise InvalidInput("the Host header of this request names no host")
    return f"tcp://{match['host']}:{match['port'] or _HTTPS_PORT}"


def checked_name(name: str) -> str:
    """Raises InvalidInput where it is no name for a bundle."""
    if len(name) > NAME_MAX_CHARS or not _NAME.fullmatch(name):
        raise InvalidInput.field(
            "name",
            f"must be 1 to {NAME_MAX_CHARS} of letters, digits, space, '.', '_' and '-', and start with a letter or digit",
        )
    return name


def pack(credentials: Credentials, *, docker_host: str, description: str) -> bytes:
    """The whole bundle.

    Args:
        docker_host: `tcp://HOST:PORT`.
        description: of the docker context, for people.
    """
    files = {
        "ca.pem": (credentials.ca_pem, _PUBLIC),
        "cert.pem": (credentials.certificate_pem, _PUBLIC),
        "cert.pub": (credentials.public_key_pem, _PUBLIC),
        "env.sh": (_ENV_SH.format(host=docker_host).encode(), _PUBLIC),
        "env.ps1": (_crlf(_ENV_PS1.replace("{host}", docker_host)), _PUBLIC),
        "env.cmd": (_crlf(_ENV_CMD.format(host=docker_host)), _PUBLIC),
    }
    if credentials.key_pem is not None:
        files["key.pem"] = (credentials.key_pem, _PRIVATE)
        files["docker-context.zip"] = (pack_context(credentials, docker_host=docker_host, description=description), _PRIVATE)
    return _zip(files)


def pack_context(credentials: Credentials, *, docker_host: str, description: str) -> bytes:
    """The exported docker context alone. Its format: docker/cli, cli/context/store. Needs the private key."""
    if credentials.key_pem is None:
        raise InvalidInput.field("csr", "a docker context needs the private key, which a request keeps at home")
    meta = {
        "Name": "quarterdeck",
        "Metadata": {"Description": description},
        "Endpoints": {"docker": {"Host": docker_host, "SkipTLSVerify": False}},
    }
    return _zip(
        {
            "meta.json": (json.dumps(meta).encode(), _PUBLIC),
            "tls/docker/ca.pem": (credentials.ca_pem, _PUBLIC),
            "tls/docker/cert.pem": (credentials.certificate_pem, _PUBLIC),
            "tls/docker/key.pem": (credentials.key_pem, _PRIVATE),
        }
    )


def _zip(files: dict[str, tuple[bytes, int]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (content, mode) in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix: external_attr holds the mode
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def _crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


_ENV_SH = """\
# In the directory of this file:  eval "$(cat env.sh)"
export DOCKER_TLS_VERIFY=1
export COMPOSE_TLS_VERSION=TLSv1_2
export DOCKER_CERT_PATH="$PWD"
export DOCKER_HOST={host}
"""

_ENV_PS1 = """\
# In PowerShell:  Import-Module .\\env.ps1
$Env:DOCKER_TLS_VERIFY = "1"
$Env:COMPOSE_TLS_VERSION = "TLSv1_2"
$Env:DOCKER_CERT_PATH = $(if ($PSScriptRoot) { $PSScriptRoot } else { $PWD.Path })
$Env:DOCKER_HOST = "{host}"
"""

_ENV_CMD = """\
@echo off
set "DOCKER_TLS_VERIFY=1"
set "COMPOSE_TLS_VERSION=TLSv1_2"
set "DOCKER_CERT_PATH=%~dp0"
set "DOCKER_HOST={host}"
"""
