"""New accounts get no password but a mail with a link to choose one."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from accounts.models import User


def send_welcome(*, user_id: int) -> None:
    """Mail the link, in the language of the user; does nothing once a password is set."""
    user = User.objects.get(pk=user_id)
    if user.has_usable_password() or not user.is_active:
        return
    adapter = get_adapter()
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    words = {
        "user": user,
        "password_reset_url": adapter.get_reset_password_from_key_url(key),
        "reset_url": settings.BASE_URL + reverse("account_reset_password"),
    }
    with translation.override(user.language or settings.LANGUAGE_CODE):
        adapter.render_mail("account/email/welcome", user.email, words).send()
