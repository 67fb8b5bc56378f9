"""The projection over a Unix socket, for our own processes: whoever may open the socket may read everything.

GET /clusters                                   {"clusters": [{"id", "name", "version"}]}
GET /clusters/{id}/{services|tasks|nodes|…}     {"version", "objects": [{"id", "kind", "name", "collection_id",
                                                "owner_name", "service_id"?, "object": the engine's own JSON}]}
GET /clusters/{id}/wait?version=7&timeout=1     {"version"} as soon as it is reached, or when the time is over
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from apps.core.errors import EngineUnavailable, InvalidInput, NotFound, QuarterdeckError
from apps.gateway.docker.objects import Kind
from apps.gateway.edge.http1.errors import BadRequest
from apps.gateway.edge.http1.request import HeadReader, Request
from apps.gateway.projector.projection import Projection

logger = logging.getLogger(__name__)

MAX_WAIT_SECONDS = 10.0
HEAD_SECONDS = 10.0
FIRST_LOOK_SECONDS = 3.0

_PATH = re.compile(r"/clusters/([0-9a-f-]{36})/([a-z]+)")
_PLURALS = {f"{kind.value}s": kind for kind in Kind}

Projections = Callable[[], Mapping[uuid.UUID, tuple[str, Projection]]]
"""Cluster id → its name and its projection."""


class ProjectorServer:
    def __init__(self, path: Path, projections: Projections) -> None:
        self._path = path
        self._projections = projections
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._path.unlink(missing_ok=True)
        former = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._serve, self._path)
        finally:
            os.umask(former)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection."""
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
            try:
                status, body = 200, await self._answer(await _read(reader))
            except QuarterdeckError as error:
                status, body = error.status, msgspec.json.encode({"message": error.detail})
            except BadRequest as error:
                status, body = error.status, msgspec.json.encode({"message": error.sentence})
            head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            writer.write(f"{head}Connection: close\r\n\r\n".encode())
            writer.write(body)
            await writer.drain()
        writer.close()

    async def _answer(self, request: Request) -> bytes:
        projections = self._projections()
        if request.method != "GET":
            raise NotFound("there is nothing at this path")
        if request.path == "/clusters":
            known = [
                {"id": str(id_), "name": name, "version": projection.version} for id_, (name, projection) in projections.items()
            ]
            return msgspec.json.encode({"clusters": known})
        match = _PATH.fullmatch(request.path)
        if match is None:
            raise NotFound("there is nothing at this path")
        try:
            name, projection = projections[uuid.UUID(match[1])]
        except (KeyError, ValueError) as error:
            raise NotFound("this cluster is not followed here") from error
        if match[2] == "wait":
            return await _wait(projection, dict(request.query))
        if match[2] not in _PLURALS:
            raise NotFound("there is no such kind")
        await projection.wait_for_first_look(FIRST_LOOK_SECONDS)
        if not projection.is_complete:
            raise EngineUnavailable(f"cluster {name}: it has not been seen yet")
        objects = b",".join(each.to_json() for each in projection.of_kind(_PLURALS[match[2]]))
        return b'{"version":%d,"objects":[%b]}' % (projection.version, objects)


async def _read(reader: asyncio.StreamReader) -> Request:
    heads = HeadReader()
    async with asyncio.timeout(HEAD_SECONDS):
        while (request := heads.next()) is None:
            piece = await reader.read(64 * 1024)
            if not piece:
                raise asyncio.IncompleteReadError(b"", None)
            heads.feed(piece)
    return request


async def _wait(projection: Projection, query: dict[str, str]) -> bytes:
    try:
        version, timeout_seconds = int(query["version"]), float(query.get("timeout", "1"))
    except (KeyError, ValueError) as error:
        raise InvalidInput("version and timeout must be numbers") from error
    await projection.wait_for(version, min(timeout_seconds, MAX_WAIT_SECONDS))
    return msgspec.json.encode({"version": projection.version})
