"""Addresses of signing in: those of allauth, less what HR's accounts have no use for."""

from django.urls import include, path, re_path

from accounts.views import start

closed = [
    path("signup/", start.nothing_here, name="account_signup"),
    path("email/", start.nothing_here, name="account_email"),
    path("confirm-email/", start.nothing_here, name="account_email_verification_sent"),
    path("login/code/confirm/", start.nothing_here, name="account_confirm_login_code"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", start.nothing_here, name="account_confirm_email"),
]
urlpatterns = [
    *closed,
    path("login/", start.sign_in, name="account_login"),
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.urls")),
]
