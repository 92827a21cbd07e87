"""The plan on paper: its actions with their steps, what was asked of others, what earlier actions
did, strongest sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Organisation, User
from plans import reasons
from plans.board import actions_of, heading, last_note
from plans.dashboard import headline
from plans.effect_card import EffectCard, effects_of
from plans.models import Action, ActionStatus, ActionStep, Plan, RecommendationState, Request
from plans.words import day, local_day
from surveys.headlines import answered
from surveys.models import SourceFinding

STRONGEST = 3


@dataclass(frozen=True)
class PaperAction:
    action: Action
    reason: str
    state: str
    steps: Sequence[ActionStep]
    hours: str
    due: str


@dataclass(frozen=True)
class PaperSource:
    """A source bar; lengths are SVG percentages, `step` its colour from 1 to 5."""

    name: str
    estimate: int
    raw: int
    low: int
    high: int
    left: str
    width: str
    at: str
    raw_at: str
    step: int
    kind: str


@dataclass(frozen=True)
class Paper:
    plan: Plan
    organisation: str
    as_of: date
    lede: str
    actions: Sequence[PaperAction]
    requests: Sequence[tuple[Request, str]]
    sources: Sequence[PaperSource]
    answered: str
    effects: Sequence[EffectCard]


def read_paper(plan: Plan, user: User, now: datetime) -> Paper:
    """With the effects that `user` may see. Eleven queries."""
    unit = plan.unit
    shown = SourceFinding.objects.filter(unit=unit).exclude(estimate=None)
    findings = list(shown.select_related("source").order_by("-estimate", "source"))
    actions = [
        action
        for action in actions_of(plan).prefetch_related("steps").select_related("recommendation")
        if action.status != ActionStatus.STOPPED
    ]
    running = sum(1 for action in actions if action.is_open)
    waiting = plan.recommendations.filter(state=RecommendationState.SUGGESTED).count()
    lede = [
        headline(_("the team"), plan, findings),
        heading(running, waiting, ended=len(actions) - running),
        _hours(plan, actions),
    ]
    return Paper(
        plan=plan,
        organisation=Organisation.current().name,
        as_of=local_day(now),
        lede=" ".join(lede),
        actions=[_action(action) for action in actions],
        requests=[(asked, _asked(asked)) for asked in plan.requests.select_related("to_team")],
        sources=[_source(finding) for finding in findings[:STRONGEST]],
        answered=answered(unit.answers, unit.response_percent, few=unit.assessment.few),
        effects=effects_of(plan, user),
    )


def _hours(plan: Plan, actions: Sequence[Action]) -> str:
    used = sum(action.hours for action in actions)
    return _("%(used)s of %(all)s hours are used.") % {
        "used": reasons.number(round(used)),
        "all": reasons.number(plan.budget_hours),
    }


def _action(action: Action) -> PaperAction:
    note = last_note(action)
    state = action.get_status_display()
    entry = action.recommendation
    if entry is not None:
        entry.source, entry.strategy = action.source, action.strategy
    hours = round(action.hours)
    return PaperAction(
        action=action,
        reason=reasons.sentence(entry, {}) if entry else action.description,
        state=f"{state}: {note}" if action.status == ActionStatus.BLOCKED and note else state,
        steps=list(action.steps.all()),
        hours=ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours},
        due=day(action.due_date),
    )


def _asked(request: Request) -> str:
    values = {
        "to": request.to_team.name if request.to_team else request.get_level_display(),
        "asked": day(local_day(request.asked_at)),
        "due": day(request.answer_due_date),
        "state": request.get_state_display(),
    }
    if request.answered_at is None:
        return _("%(to)s, asked %(asked)s, answer due %(due)s.") % values
    text = _("%(to)s, asked %(asked)s: %(state)s.") % values
    return f"{text} {request.answer}".strip()


def _source(finding: SourceFinding) -> PaperSource:
    low, high, raw = finding.low or 0, finding.high or 0, finding.raw or 0
    estimate = round(finding.estimate or 0)
    return PaperSource(
        name=finding.source.name,
        estimate=estimate,
        raw=raw,
        low=low,
        high=high,
        left=f"{low}%",
        width=f"{high - low}%",
        at=f"{estimate}%",
        raw_at=f"{raw}%",
        step=1 + sum(estimate >= edge for edge in (20, 35, 50, 65)),
        kind=finding.certainty.lower(),
    )
