"""The addresses under /b/: what an employee reaches without login."""

from django.urls import path

from surveys.views import respond

app_name = "respond"

urlpatterns = [
    path("", respond.find, name="find"),
    path("<uuid:pk>/", respond.survey, name="survey"),
    path("<uuid:pk>/group/", respond.group, name="group"),
    path("<uuid:pk>/sent/", respond.sent, name="sent"),
    path("<uuid:pk>/stored/", respond.stored, name="stored"),
    path("<uuid:pk>/counted/", respond.counted, name="counted"),
]
