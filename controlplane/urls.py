"""The one URL table of `web`: each app's own under /api/v1/, the console under /ui/, and nothing else.

The Docker Engine API's unversioned paths belong to the gateway (docs/architecture.md), so no other path is ours.
"""

from django.urls import URLPattern, URLResolver, include, path

from controlplane import ca, console, documentation, health

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("apps.accounts.urls")),
    path("api/v1/", include("apps.access.urls")),
    path("api/v1/", include("apps.certificates.urls")),
    path("api/v1/", include("apps.audit.urls")),
    path("api/v1/", include("apps.configuration.urls")),
    path("api/v1/", include("apps.jobs.urls")),
    path("api/v1/", include("apps.orchestration.urls")),
    path("api/v1/", include("apps.streams.urls")),
    path("api/schema", documentation.SchemaView.as_view(), name="schema"),
    path("api/docs", documentation.DocumentationView.as_view()),
    path("ca", ca.ca),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("ui/", console.page),
    path("ui/<path:path>", console.page),
    path("ui", console.root),
    path("", console.root),
]

handler400 = "apps.core.problems.handler400"
handler403 = "apps.core.problems.handler403"
handler404 = "apps.core.problems.handler404"
handler500 = "apps.core.problems.handler500"
