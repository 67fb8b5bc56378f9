from django.urls import path

from apps.access.types import ObjectKind
from apps.orchestration.api import clusters, swarm

urlpatterns = [
    path("clusters/", clusters.ClustersView.as_view()),
    path("clusters/<str:name>/", clusters.ClusterView.as_view()),
    path("swarm/summary", swarm.SummaryView.as_view()),
    path("swarm/services/", swarm.ServicesView.as_view()),
    path("swarm/services/<str:service_id>/", swarm.ServiceView.as_view()),
    path("swarm/services/<str:service_id>/scale", swarm.ServiceScaleView.as_view()),
    *(path(f"swarm/{kind}s/<str:object_id>/move", swarm.move_view(kind)) for kind in ObjectKind),
    path("swarm/tasks/", swarm.TasksView.as_view()),
    path("swarm/nodes/", swarm.NodesView.as_view()),
    path("swarm/containers/", swarm.ContainersView.as_view()),
]
