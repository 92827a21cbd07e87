"""Starting a re-pulse: it is made from the assessment that it follows and opened in one step."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import User
from surveys import lifecycle
from surveys.models import Assessment, AssessmentKind, KeyMode

DAYS_OPEN, CLOSING_HOUR = timedelta(days=7), 18
#: everything that was promised last time holds again
TAKEN_OVER = (
    "name_en", "name_de", "purpose_en", "purpose_de", "languages", "form",
    "min_invited", "min_score", "min_exact", "min_comment", "key_mode",
)  # fmt: skip


def draft_repulse(follows: Assessment, source: str, *, by: User, now: datetime) -> Assessment:
    """An unsaved re-pulse with the words, languages, thresholds and keys of the earlier one."""
    return Assessment(
        kind=AssessmentKind.REPULSE,
        follows=follows,
        source_id=source,
        created_by=by,
        opens_at=now,
        closes_at=localtime(now + DAYS_OPEN).replace(
            hour=CLOSING_HOUR, minute=0, second=0, microsecond=0
        ),
        **{name: getattr(follows, name) for name in TAKEN_OVER},
    )


@transaction.atomic
def start_repulse(
    *, follows: Assessment, source: str, teams: Collection[int], by: User, now: datetime
) -> Assessment:
    """Ask `teams` again after `source`; raises `LifecycleError` and then leaves nothing behind."""
    repulse = draft_repulse(follows, source, by=by, now=now)
    repulse.save(force_insert=True)
    repulse.teams.set(teams)
    if repulse.key_mode == KeyMode.TRUSTEE:
        repulse.trustees.set(_trustees_of(follows))
    lifecycle.open_assessment(assessment_id=repulse.pk, by=by, now=now)
    repulse.refresh_from_db()
    return repulse


def _trustees_of(follows: Assessment) -> list[User]:
    """The promise of a locked box holds again; without somebody to keep it nobody is asked."""
    able = list(follows.trustees.filter(is_active=True, is_trustee=True))
    if not able:
        raise lifecycle.LifecycleError(
            _(
                "A trustee locked the box last time, and none of then has the role any more."
                " An administrator can give it back."
            )
        )
    return able
