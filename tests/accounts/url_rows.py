"""Rows of the table of addresses: accounts, sign-in and what belongs to no app."""

from django.core.cache import cache

from accounts.roster import TEMPLATE
from tests.url_table import EVERYONE, OPEN, Row, World

NOBODY = ""


def kept_file(world: World) -> dict[str, str]:
    cache.set(f"roster-file:{world.user('hr').pk}:kept", TEMPLATE.encode())
    return {"token": "kept"}


def manager_of_team(world: World) -> dict[str, int]:
    return {"pk": world.team.pk, "user_pk": world.user("manager").pk}


ROWS: dict[str, Row] = {
    "healthz": Row(OPEN),
    "accounts:audit": Row("hr"),
    "accounts:first_run": Row(NOBODY),
    "accounts:person": Row("hr", arguments=lambda world: {"pk": world.person.pk}),
    "accounts:person_new": Row("hr"),
    "accounts:profile": Row(EVERYONE),
    "accounts:roster": Row("hr"),
    "accounts:roster_confirm": Row("hr", method="post", arguments=kept_file),
    "accounts:roster_import": Row("hr"),
    "accounts:roster_preview": Row("hr", arguments=kept_file),
    "accounts:roster_template": Row("hr"),
    "accounts:team": Row("hr", arguments=lambda world: {"pk": world.team.pk}),
    "accounts:team_manager_add": Row(
        "hr", method="post", arguments=lambda world: {"pk": world.team.pk}
    ),
    "accounts:team_manager_remove": Row("hr", method="post", arguments=manager_of_team),
    "accounts:team_new": Row("hr"),
    "account_change_password": Row(EVERYONE),
    "account_confirm_email": Row(NOBODY, arguments=lambda _world: {"key": "key"}),
    "account_confirm_login_code": Row(NOBODY),
    "account_email": Row(NOBODY),
    "account_email_verification_sent": Row(NOBODY),
    "account_inactive": Row(OPEN),
    "account_login": Row(OPEN),
    "account_logout": Row(EVERYONE),
    "account_reauthenticate": Row(EVERYONE),
    "account_reset_password": Row(OPEN),
    "account_reset_password_done": Row(OPEN),
    "account_reset_password_from_key": Row(
        OPEN, arguments=lambda _world: {"uidb36": "1", "key": "used"}
    ),
    "account_reset_password_from_key_done": Row(OPEN),
    "account_set_password": Row(EVERYONE),
    "account_signup": Row(NOBODY),
    "mfa_activate_totp": Row(EVERYONE),
    "mfa_authenticate": Row(EVERYONE),
    "mfa_deactivate_totp": Row(NOBODY),
    "mfa_download_recovery_codes": Row(NOBODY),
    "mfa_generate_recovery_codes": Row(EVERYONE),
    "mfa_index": Row(EVERYONE),
    "mfa_reauthenticate": Row(EVERYONE),
    "mfa_view_recovery_codes": Row(NOBODY),
}
