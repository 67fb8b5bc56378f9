from django.urls import path

from apps.accounts.api import organizations, signing_in, users

_ORGANIZATION = "organizations/<str:organization>/"
_TEAM = _ORGANIZATION + "teams/<str:team>/"

urlpatterns = [
    path("auth/login", signing_in.LoginView.as_view()),
    path("auth/logout", signing_in.LogoutView.as_view()),
    path("auth/me", signing_in.MeView.as_view()),
    path("users/", users.UsersView.as_view()),
    path("users/<str:username>/", users.UserView.as_view()),
    path("users/<str:username>/password", users.UserPasswordView.as_view()),
    path("organizations/", organizations.OrganizationsView.as_view()),
    path(_ORGANIZATION, organizations.OrganizationView.as_view()),
    path(_ORGANIZATION + "members/", organizations.OrganizationMembersView.as_view()),
    path(_ORGANIZATION + "members/<str:username>/", organizations.OrganizationMemberView.as_view()),
    path(_ORGANIZATION + "teams/", organizations.TeamsView.as_view()),
    path(_TEAM, organizations.TeamView.as_view()),
    path(_TEAM + "members/", organizations.TeamMembersView.as_view()),
    path(_TEAM + "members/<str:username>/", organizations.TeamMemberView.as_view()),
]
