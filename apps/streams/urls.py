from django.urls import path

from apps.streams import api

urlpatterns = [path("tickets/", api.TicketsView.as_view())]
