import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.access import administrator_required, hr_required, reviewer_required
from accounts.models import AuditEntry, Team, User
from tests.factories import make_team, make_user

OPEN_WITHOUT_SIGN_IN = {
    "account_inactive",
    "account_login",
    "account_logout",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_email",
    "account_confirm_login_code",
    "account_email_verification_sent",
    "account_signup",
    "first_run",
    "healthz",
    "login",
    "mfa_authenticate",
    "method",
    "privacy",
}


def patterns(resolver):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry)
        elif isinstance(entry, URLPattern):
            yield entry


def enters(decorator, user, rf):
    request = rf.get("/")
    request.user = user
    try:
        decorator(lambda _request: HttpResponse())(request)
    except Http404:
        return False
    return True


@pytest.mark.parametrize(
    ("decorator", "role"),
    [
        (hr_required, "is_hr"),
        (reviewer_required, "is_reviewer"),
        (administrator_required, "is_staff"),
    ],
)
def test_decorator_lets_one_role_in(decorator, role, rf):
    roles = ("is_hr", "is_reviewer", "is_trustee", "is_staff", "is_superuser")

    let_in = {name for name in roles if enters(decorator, User(**{name: True}), rf)}

    assert let_in == {role}
    assert not enters(decorator, AnonymousUser(), rf)


def test_sign_in_is_the_default_of_every_address():
    outside_ballots = [
        pattern
        for entry in get_resolver().url_patterns
        if str(entry.pattern) != "b/"
        for pattern in (patterns(entry) if isinstance(entry, URLResolver) else [entry])
    ]

    opened = {
        pattern.name
        for pattern in outside_ballots
        if not getattr(pattern.callback, "login_required", True)
    }

    assert opened <= OPEN_WITHOUT_SIGN_IN


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("roles", "status"), [({}, 403), ({"is_hr": True}, 403), ({"is_staff": True}, 200)]
)
def test_admin_is_for_administrators(client, roles, status):
    client.force_login(make_user(**roles))

    response = client.get(reverse("admin:index"), follow=True)

    assert response.status_code == status


@pytest.mark.django_db
def test_admin_sends_strangers_to_the_sign_in_page(client):
    make_user()

    response = client.get(reverse("admin:index"), follow=True)

    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


@pytest.mark.django_db
def test_admin_knows_no_ballots_and_no_findings():
    from django.contrib import admin

    apps = {model._meta.app_label for model in admin.site._registry}

    assert apps.isdisjoint({"surveys", "plans"})


@pytest.mark.django_db
def test_admin_adds_a_user_without_password_and_records_roles(client):
    administrator = make_user(is_staff=True)
    client.force_login(administrator)
    form = {"email": "New@example.org", "name": "New", "is_hr": "on", "is_active": "on"}

    client.post(reverse("admin:accounts_user_add"), form)

    user = User.objects.get(email="new@example.org")
    entry = AuditEntry.objects.get()
    assert (user.is_hr, user.has_usable_password()) == (True, False)
    assert (entry.actor, entry.verb, entry.detail["is_hr"]) == (administrator, "user added", True)


@pytest.mark.django_db
def test_admin_records_a_change_of_roles_and_never_deletes(client):
    client.force_login(make_user(is_staff=True))
    user = make_user(is_active=True)
    form = {"email": user.email, "name": user.name, "is_reviewer": "on", "is_active": "on"}

    client.post(reverse("admin:accounts_user_change", args=[user.pk]), form)
    gone = client.post(reverse("admin:accounts_user_delete", args=[user.pk]), {"post": "yes"})

    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.detail) == ("roles changed", {"is_reviewer": True})
    assert gone.status_code == 403
    assert User.objects.filter(pk=user.pk).exists()


@pytest.mark.django_db
def test_admin_changes_a_team_and_records_it(client):
    client.force_login(make_user(is_staff=True))
    team, manager = make_team(), make_user(name="Ines Okafor")
    form = {"name": "Calls", "position": "1", "managers": [manager.pk]}

    client.post(reverse("admin:accounts_team_change", args=[team.pk]), form)

    assert Team.objects.get().name == "Calls"
    assert AuditEntry.objects.get().detail == {"managers": ["Ines Okafor"]}
