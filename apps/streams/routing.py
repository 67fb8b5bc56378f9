"""The paths of websockets."""

from django.urls import path, re_path

from apps.streams.consumers.events import Events
from apps.streams.consumers.logs import ContainerLogs, ServiceLogs
from apps.streams.consumers.terminals import TerminalStream
from apps.streams.consumers.websocket import unknown_path

websocket_urlpatterns = [
    path("ws/logs/services/<str:id>", ServiceLogs.as_asgi()),
    path("ws/logs/containers/<str:id>", ContainerLogs.as_asgi()),
    path("ws/exec/<str:id>", TerminalStream.as_asgi()),
    path("ws/events", Events.as_asgi()),
    re_path(r"", unknown_path),
]
