from django.urls import path

from apps.certificates import api

urlpatterns = [
    path("bundles/", api.BundlesView.as_view()),
    path("organizations/<str:organization>/service-accounts/<str:name>/bundles/", api.ServiceAccountBundlesView.as_view()),
    path("bundles/<uuid:bundle_id>/", api.BundleView.as_view()),
]
