"""`/tickets/`: one-time tickets for websockets."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.rest import Serializer, actor_of, validated
from apps.streams.services import tickets


class NewTicketSerializer(Serializer):
    """Nothing is to be said: a ticket is for who asks."""


class TicketSerializer(Serializer):
    ticket = serializers.CharField(help_text="Good once, for 30 seconds: wss://HOST/ws/…?ticket=…")


class TicketsView(APIView):
    @extend_schema(operation_id="create_ticket", request=NewTicketSerializer, responses={201: TicketSerializer})
    def post(self, request: Request) -> Response:
        validated(NewTicketSerializer, request.data)
        return Response({"ticket": tickets.issue(actor=actor_of(request))}, status=201)
