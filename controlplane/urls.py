"""The one URL table of `web`: each app's own under /api/v1/, the console under /ui/, and nothing else.

The Docker Engine API's unversioned paths belong to the gateway (docs/architecture.md), so no other path is ours.
"""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []

handler400 = "apps.core.problems.handler400"
handler403 = "apps.core.problems.handler403"
handler404 = "apps.core.problems.handler404"
handler500 = "apps.core.problems.handler500"
