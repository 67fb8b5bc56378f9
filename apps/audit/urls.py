from django.urls import path

from apps.audit.api import views

urlpatterns = [
    path("audit/", views.AuditView.as_view()),
    path("audit/export", views.AuditExportView.as_view()),
    path("audit/state", views.AuditStateView.as_view()),
]
