"""Rows of the table of addresses: surveys."""

from tests.url_table import Row

ROWS: dict[str, Row] = {}
