import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.welcome import send_welcome
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "quiet-Harbour-7"


def sign_in(client, email, password=PASSWORD, **query):
    return client.post(
        reverse("account_login", query=query), {"login": email, "password": password}
    )


def test_sign_in_takes_the_address_in_any_case(client):
    user = make_user(email="ines@example.org", password=PASSWORD)

    response = sign_in(client, "Ines@Example.org")

    assert response["Location"] == "/"
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/profile/", "/profile/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("http://testserver/profile/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_sign_in_leads_only_to_pages_of_this_installation(client, target, expected):
    make_user(email="ines@example.org", password=PASSWORD)

    response = sign_in(client, "ines@example.org", next=target)

    assert response["Location"] == expected


def test_sign_in_refuses_an_account_that_was_closed(client):
    make_user(email="ines@example.org", password=PASSWORD, is_active=False)

    sign_in(client, "ines@example.org")

    assert "_auth_user_id" not in client.session


def test_sign_in_is_held_back_after_five_wrong_passwords_whichever_browser_asks():
    make_user(email="ines@example.org", password=PASSWORD)
    for _ in range(5):
        sign_in(Client(), "ines@example.org", "wrong")
    other = Client()

    response = sign_in(other, "ines@example.org")

    assert "Too many failed login attempts" in response.content.decode()
    assert "_auth_user_id" not in other.session


def test_limits_are_counted_in_the_cache_that_all_processes_share():
    make_user(email="ines@example.org", password=PASSWORD)

    sign_in(Client(), "ines@example.org", "wrong")

    assert type(cache._cache).__name__ == "RedisCacheClient"
    assert cache._cache.get_client().keys("*allauth*login_failed*")


def test_sign_out_needs_more_than_a_link(client):
    client.force_login(make_user())

    shown = client.get(reverse("account_logout"))
    still_in = "_auth_user_id" in client.session
    client.post(reverse("account_logout"))

    assert shown.status_code == 200
    assert still_in
    assert "_auth_user_id" not in client.session


def test_second_factor_is_asked_for_after_the_password(client):
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    user = make_user(email="ines@example.org", password=PASSWORD)
    TOTP.activate(user, generate_totp_secret())

    response = sign_in(client, "ines@example.org")

    assert response["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session


def link_in(message):
    return re.search(r"http://\S+/account/password/reset/key/\S+", message.body)[0]


def test_welcome_mail_leads_to_a_password(client, settings):
    user = make_user(email="ines@example.org", name="Ines Okafor", language="de")
    send_welcome(user_id=user.pk)
    link = link_in(mail.outbox[0])

    form = client.get(link.removeprefix(settings.BASE_URL), follow=True)
    client.post(
        form.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD}, follow=True
    )

    assert mail.outbox[0].to == ["ines@example.org"]
    assert link.startswith(settings.BASE_URL)
    assert User.objects.get().check_password(PASSWORD)


def test_welcome_mail_is_not_sent_to_who_has_a_password():
    send_welcome(user_id=make_user(password=PASSWORD).pk)

    assert mail.outbox == []


def test_reset_mail_ignores_the_host_of_the_request(client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    make_user(email="ines@example.org", password=PASSWORD)

    client.post(
        reverse("account_reset_password"), {"email": "ines@example.org"}, HTTP_HOST="evil.example"
    )

    assert link_in(mail.outbox[0]).startswith(settings.BASE_URL)
    assert "evil.example" not in mail.outbox[0].body


def test_reset_says_the_same_for_an_unknown_address(client):
    make_user(email="ines@example.org", password=PASSWORD)

    known = client.post(reverse("account_reset_password"), {"email": "ines@example.org"})
    unknown = client.post(reverse("account_reset_password"), {"email": "who@example.org"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [message.to for message in mail.outbox] == [["ines@example.org"]]
