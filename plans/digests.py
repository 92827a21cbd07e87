"""Mails to leads: what needs them this week, and actions that are past their date."""

from datetime import datetime


def send_all(*, now: datetime) -> None:
    """Send what is due today."""
