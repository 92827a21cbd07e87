"""The addresses under /b/: what an employee reaches without login."""

from django.urls import path

from surveys.views import respond, typed

app_name = "respond"

urlpatterns = [
    path("", typed.find, name="find"),
    path("<uuid:pk>/", respond.survey, name="survey"),
    path("<uuid:pk>/group/", respond.group, name="group"),
    path("<uuid:pk>/sign/", respond.sign, name="sign"),
    path("<uuid:pk>/cast/", respond.cast, name="cast"),
    path("<uuid:pk>/keys/", respond.keys, name="keys"),
    path("<uuid:pk>/check/", respond.receipts, name="check"),
    path("<uuid:pk>/receipts/", respond.receipts, name="receipts"),
    path("<uuid:pk>/receipts/list/", respond.receipt_file, name="receipt_file"),
    path("<uuid:pk>/sent/", respond.sent, name="sent"),
    path("<uuid:pk>/stored/", respond.stored, name="stored"),
    path("<uuid:pk>/counted/", respond.counted, name="counted"),
]
