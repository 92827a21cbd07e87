"""In words: where it comes from how much each source counts in the plans of an assessment."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from resistance.importance import ImportanceBasis
from surveys.models import SourceSummary


def weights_in_words(rows: Sequence[SourceSummary]) -> str:
    """Where they come from, and what they are made of."""
    return f"{basis_in_words(rows)} {parts_in_words(rows)}".strip()


def basis_in_words(rows: Sequence[SourceSummary]) -> str:
    """Of one assessment. Every source counts alike where nothing could tell which counts more."""
    bases = {row.importance_basis for row in rows}
    if ImportanceBasis.ASSESSMENT in bases:
        return _("How much a source counts was told for all asked teams at once, never by team.")
    if ImportanceBasis.EARLIER in bases:
        return _(
            "How much a source counts could not be told here: it comes from the last larger "
            "assessment of the past 18 months."
        )
    return _(
        "Every source counts the same: neither this assessment nor one of the past 18 months "
        "could tell which count more. It takes eight units."
    )


def parts_in_words(rows: Sequence[SourceSummary]) -> str:
    """What the shares are made of; empty where there are none."""
    is_stated = any(row.stated_share is not None for row in rows)
    is_derived = any(row.derived_share is not None for row in rows)
    if is_stated and is_derived:
        return _(
            "Half of it is how often people named the source, three tenths how much it goes with "
            "support, expected success and mood, two tenths are the same for all, because neither "
            "of the two is beyond doubt."
        )
    if is_stated:
        return _(
            "Five of seven parts are how often people named the source, two are the same for all. "
            "What goes with support, expected success and mood is told from 120 complete answer "
            "sets on, and could not be told here."
        )
    if is_derived:
        return _(
            "Three of five parts are how much the source goes with support, expected success and "
            "mood, two are the same for all. How often it was named could not be told here."
        )
    return ""
