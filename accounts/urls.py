"""Addresses of the profile, the roster, the teams, the audit log and the first run."""

from django.urls import path

from accounts.views import audit, importing, profile, roster, start, teams

app_name = "accounts"
urlpatterns = [
    path("start/", start.first_run, name="first_run"),
    path("profile/", profile.profile, name="profile"),
    path("roster/", roster.roster, name="roster"),
    path("roster/people/new/", roster.person_new, name="person_new"),
    path("roster/people/<int:pk>/", roster.person, name="person"),
    path("roster/teams/new/", teams.team_new, name="team_new"),
    path("roster/teams/<int:pk>/", teams.team, name="team"),
    path("roster/teams/<int:pk>/managers/", teams.manager_add, name="team_manager_add"),
    path(
        "roster/teams/<int:pk>/managers/<int:user_pk>/remove/",
        teams.manager_remove,
        name="team_manager_remove",
    ),
    path("roster/import/", importing.roster_import, name="roster_import"),
    path("roster/import/template.csv", importing.roster_template, name="roster_template"),
    path("roster/import/<slug:token>/", importing.roster_preview, name="roster_preview"),
    path("roster/import/<slug:token>/apply/", importing.roster_confirm, name="roster_confirm"),
    path("audit/", audit.audit, name="audit"),
]
