"""Sentences about a plan that changes: what a little more would bring, what comes and goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plans import reasons
from plans.models import Recommendation, RecommendationState


def more_hours(step: Mapping[str, Any], names: reasons.Names) -> str:
    """“With 10 hours more, “X” would come in.”"""
    more = ngettext("With %(more)s hour more", "With %(more)s hours more", step["more"])
    return _what_happens(more % {"more": reasons.number(step["more"])}, step, names)


def more_weeks(step: Mapping[str, Any], names: reasons.Names) -> str:
    more = ngettext("With %(more)s week more", "With %(more)s weeks more", step["more"])
    return _what_happens(more % {"more": reasons.number(step["more"])}, step, names)


def _what_happens(more: str, step: Mapping[str, Any], names: reasons.Names) -> str:
    comes, goes = reasons.listed(step["comes"], names), reasons.listed(step["goes"], names)
    values = {"more": more, "comes": comes, "goes": goes}
    if not goes:
        return _("%(more)s, this would come in: %(comes)s.") % values
    return _("%(more)s, %(comes)s would take the place of %(goes)s.") % values


def what_changes(
    before: Iterable[Recommendation], after: Iterable[Recommendation], names: reasons.Names
) -> str:
    """What comes into the suggestions and what drops out, each with the reason."""
    found = {entry.strategy_id: entry for entry in after}
    old = [key for entry in before if (key := entry.strategy_id or "") in names]
    new = [
        entry.strategy_id
        for entry in found.values()
        if entry.strategy_id and entry.state == RecommendationState.SUGGESTED
    ]
    parts = []
    if comes := [key for key in new if key not in old]:
        parts.append(_("Comes in: %(names)s.") % {"names": reasons.listed(comes, names)})
    for key in [key for key in old if key not in new]:
        parts.append(_("Drops out: %(names)s.") % {"names": reasons.listed([key], names)})
        if key in found and found[key].why_not:
            parts.append(reasons.why_later(found[key], names))
    return " ".join(parts) or _("The suggestions stay as they are.")
