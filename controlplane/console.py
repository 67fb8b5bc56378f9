"""The console: one page, its hashed assets, and a redirect from `/` to it.

The page answers every path below /ui/ that is no file, because the console routes in the browser. It is never cached,
so that a new version is there at once; the assets it names carry a hash and are cached for ever.
"""

from __future__ import annotations

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from whitenoise.middleware import WhiteNoiseMiddleware

from apps.core import errors, problems
from controlplane.middleware import Handler

CONSOLE_URL = "/ui/"
_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Quarterdeck</title>
<h1>The console is not built</h1>
<p>Quarterdeck runs, but the files of its console are missing on the server. Build them with <code>make build</code>
(or <code>npm ci &amp;&amp; npm run build</code> in <code>frontend/</code>) and start Quarterdeck again.</p>
<p>The REST API works without them: <a href="/api/docs">/api/docs</a>.</p>
</html>
"""


class FilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise with the console's files below /ui/ beside Django's static files below /ui/static/."""

    def __init__(self, get_response: Handler) -> None:
        super().__init__(get_response)
        if settings.CONSOLE_DIR.is_dir():
            self.add_files(str(settings.CONSOLE_DIR), prefix=CONSOLE_URL)
            self.files.pop(f"{CONSOLE_URL}index.html", None)  # `page` answers it, uncached


def root(request: HttpRequest) -> HttpResponseBase:
    return HttpResponseRedirect(CONSOLE_URL)


def page(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """The console's page for every path of its own; a file that is not there is a 404 and not the page."""
    if request.method not in ("GET", "HEAD"):
        return problems.response_for(errors.MethodNotAllowed("the console is only read"))
    if path.startswith(("assets/", "static/")):
        return problems.response_for(errors.NotFound("no such file"))
    try:
        file = (settings.CONSOLE_DIR / "index.html").open("rb")
    except FileNotFoundError:
        return HttpResponse(_NOT_BUILT, status=503)
    return FileResponse(file, content_type="text/html; charset=utf-8", headers={"Cache-Control": "no-cache"})
