from django.urls import path

from apps.accounts.api import organizations, service_accounts, signing_in, subjects, transfer, users

_ORGANIZATION = "organizations/<str:organization>/"
_SERVICE_ACCOUNT = _ORGANIZATION + "service-accounts/<str:name>/"
_TEAM = _ORGANIZATION + "teams/<str:team>/"

urlpatterns = [
    path("auth/login", signing_in.LoginView.as_view()),
    path("auth/logout", signing_in.LogoutView.as_view()),
    path("auth/me", signing_in.MeView.as_view()),
    path("users/", users.UsersView.as_view()),
    path("users/export", transfer.UserExportView.as_view()),
    path("users/import", transfer.UserImportView.as_view()),
    path("users/<str:username>/", users.UserView.as_view()),
    path("users/<str:username>/password", users.UserPasswordView.as_view()),
    path("users/<str:username>/deletion", users.UserDeletionView.as_view()),
    path("users/<str:username>/deactivation", users.UserDeactivationView.as_view()),
    path("subjects/", subjects.SubjectsView.as_view()),
    path("organizations/", organizations.OrganizationsView.as_view()),
    path(_ORGANIZATION, organizations.OrganizationView.as_view()),
    path(_ORGANIZATION + "deletion", organizations.OrganizationDeletionView.as_view()),
    path(_ORGANIZATION + "members/", organizations.OrganizationMembersView.as_view()),
    path(_ORGANIZATION + "members/<str:username>/", organizations.OrganizationMemberView.as_view()),
    path(_ORGANIZATION + "service-accounts/", service_accounts.ServiceAccountsView.as_view()),
    path(_SERVICE_ACCOUNT, service_accounts.ServiceAccountView.as_view()),
    path(_SERVICE_ACCOUNT + "deletion", service_accounts.ServiceAccountDeletionView.as_view()),
    path(_ORGANIZATION + "teams/", organizations.TeamsView.as_view()),
    path(_TEAM, organizations.TeamView.as_view()),
    path(_TEAM + "deletion", organizations.TeamDeletionView.as_view()),
    path(_TEAM + "members/", organizations.TeamMembersView.as_view()),
    path(_TEAM + "members/<str:username>/", organizations.TeamMemberView.as_view()),
]
