from django.urls import path

from apps.configuration import api

urlpatterns = [path("settings/audit/", api.AuditSettingsView.as_view())]
