"""Addresses of the profile, the roster, the teams, the audit log and the first run."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("profile/", views.profile, name="profile"),
]
