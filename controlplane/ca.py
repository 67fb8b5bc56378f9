"""`/ca`: our CA certificates, for whoever must trust them. The gateway answers it itself; this is for `web` alone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from apps.certificates import selectors as certificates


def ca(request: HttpRequest) -> HttpResponse:
    return HttpResponse(certificates.ca_pem(), content_type="application/x-pem-file")
