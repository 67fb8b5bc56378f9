"""Whether the product answers, asked the way a client would: through its own port."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl


async def parts(port: int) -> dict[str, str] | None:
    """Asks /readyz once.

    Returns:
        What keeps it from being ready, by part; empty when it is ready; None where nothing answers yet.
    """
    # Our own port on loopback, with no secret sent: whose certificate it shows does not matter here.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with contextlib.suppress(OSError, EOFError, ValueError, TimeoutError):
        async with asyncio.timeout(5):
            return await _ask(port, context)
    return None


async def _ask(port: int, context: ssl.SSLContext) -> dict[str, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    try:
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        body = await reader.read(-1)
    finally:
        writer.close()
    if head.split(" ", 2)[1] == "200":
        return {}
    return {name: str(state) for name, state in json.loads(body).get("parts", {}).items()}
