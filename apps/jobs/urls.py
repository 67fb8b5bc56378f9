from django.urls import path

from apps.jobs import api

urlpatterns = [
    path("jobs/", api.JobsView.as_view()),
    path("jobs/<uuid:job_id>/", api.JobView.as_view()),
    path("jobs/<uuid:job_id>/log", api.JobLogView.as_view()),
    path("jobs/<uuid:job_id>/cancel", api.JobCancelView.as_view()),
]
