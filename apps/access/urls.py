from django.urls import path

from apps.access.api import views

urlpatterns = [
    path("operations/", views.OperationsView.as_view()),
    path("roles/", views.RolesView.as_view()),
    path("roles/<str:name>/", views.RoleView.as_view()),
    path("collections/", views.CollectionsView.as_view()),
    path("collections/<uuid:collection_id>/", views.CollectionView.as_view()),
    path("collections/<uuid:collection_id>/objects/", views.CollectionObjectsView.as_view()),
    path("grants/", views.GrantsView.as_view()),
    path("grants/<uuid:grant_id>/", views.GrantView.as_view()),
    path("access/explain", views.ExplainView.as_view()),
]
