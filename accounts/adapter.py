"""How django-allauth is bent to this product: accounts are made by HR, never by sign-up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def is_safe_url(self, url: str) -> bool:
        """After sign-in the way leads to a page of this installation or to the start."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_logout_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        return reverse("account_login")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Starts at the configured address, whatever host the request named."""
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return settings.BASE_URL + path

    def format_email_subject(self, subject: str) -> str:
        return subject
