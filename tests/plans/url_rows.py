"""Rows of the table of addresses: plans."""

from tests.url_table import Row

ROWS: dict[str, Row] = {}
