from django.urls import path

from apps.access.api import collections, grants, roles, views

urlpatterns = [
    path("operations/", roles.OperationsView.as_view()),
    path("roles/", roles.RolesView.as_view()),
    path("roles/<str:name>/", roles.RoleView.as_view()),
    path("roles/<str:name>/history/", roles.RoleHistoryView.as_view()),
    path("roles/<str:name>/restore", roles.RoleRestoreView.as_view()),
    path("collections/", collections.CollectionsView.as_view()),
    path("collections/<uuid:collection_id>/", collections.CollectionView.as_view()),
    path("collections/<uuid:collection_id>/objects/", collections.CollectionObjectsView.as_view()),
    path("users/<str:username>/default-collection/", collections.DefaultCollectionView.as_view()),
    path(
        "organizations/<str:organization>/service-accounts/<str:name>/default-collection/",
        collections.ServiceAccountDefaultCollectionView.as_view(),
    ),
    path("grants/", grants.GrantsView.as_view()),
    path("grants/<uuid:grant_id>/", grants.GrantView.as_view()),
    path("access/explain", views.ExplainView.as_view()),
    path("access/who-can", views.WhoCanView.as_view()),
    path("access/what-can", views.WhatCanView.as_view()),
]
