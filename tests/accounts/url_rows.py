"""Rows of the table of addresses: accounts, sign-in and what belongs to no app."""

from tests.url_table import EVERYONE, OPEN, Row

ROWS: dict[str, Row] = {
    "healthz": Row(OPEN),
    "accounts:profile": Row(EVERYONE),
}
