"""The table of action plans: one function makes its rows for the page and for every file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Team, User
from plans.effect_card import last_effects
from plans.forms import NO_ACTIONS
from plans.models import Action, ActionQuerySet, CheckIn, Plan
from plans.reasons import number, signed
from plans.spreadsheet import Cell
from plans.words import count_word, full_day


@dataclass(frozen=True)
class Filters:
    """Cleaned values of the filter form; everything may be left out."""

    team: Team | None = None
    status: str = ""
    source: Any = None
    owner: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def is_about_actions(self) -> bool:
        """True when a plan without actions cannot match."""
        return bool(self.source or self.owner or self.status not in ("", NO_ACTIONS))

    def as_detail(self) -> dict[str, str]:
        """What was asked for, for the audit log; the name of an owner is not kept."""
        values = {"team": self.team, "status": self.status, "source": self.source}
        values |= {"since": self.since, "until": self.until, "owner": "…" if self.owner else ""}
        return {name: str(value) for name, value in values.items() if value}


@dataclass(frozen=True)
class Row:
    """An action with its plan, or a plan that has no action yet; `url` leads to it."""

    url: str
    cells: tuple[Cell, ...]
    is_open: bool = False
    is_late: bool = False

    @property
    def texts(self) -> list[str]:
        """The cells as a page shows them."""
        return [as_text(cell) for cell in self.cells]


def head() -> list[str]:
    return [
        _("Unit"),
        _("Initiative"),
        _("Action"),
        _("State"),
        _("Aims at"),
        _("Owner"),
        _("Due"),
        _("Hours"),
        _("Steps done"),
        _("Last word"),
        _("Lead"),
        _("Taken on"),
        _("Effect"),
        _("Effect in points"),
        _("Range of the effect"),
    ]


def as_text(cell: Cell) -> str:
    """A cell in words: dates and numbers as the reader's language writes them."""
    if isinstance(cell, date):
        return full_day(cell)
    if isinstance(cell, int | float):
        return number(cell)
    return cell or ""


def plan_rows(*, user: User, filters: Filters, today: date) -> list[Row]:
    """What `user` may see and asked for, in the order of the organisation; 5 queries."""
    teams = _teams(filters)
    rows = [(*_order(action.plan), action.pk, _action_row(action, today)) for action in
            _actions(user, filters, teams, today)]  # fmt: skip
    if not filters.is_about_actions:
        rows += [(*_order(plan), 0, _plan_row(plan)) for plan in _idle_plans(user, filters, teams)]
    return [row for *_key, row in sorted(rows, key=lambda entry: entry[:-1])]


def heading(rows: Iterable[Row]) -> str:
    """How many of `rows` run and how many of these are late."""
    running = [row for row in rows if row.is_open]
    late = sum(1 for row in running if row.is_late)
    if not running:
        return _("No action runs here.")
    runs = ngettext("One action runs", "%(count)s actions run", len(running))
    runs = runs % {"count": count_word(len(running))}
    if late == 0:
        return _("%(runs)s, none is overdue.") % {"runs": runs}
    text = ngettext("%(runs)s, one is overdue.", "%(runs)s, %(late)s are overdue.", late)
    return text % {"runs": runs, "late": late}


def _order(plan: Plan) -> tuple[float, str, int]:
    """Newest assessment first, then the order of the organisation."""
    scored_at = plan.unit.assessment.scored_at
    newest = -scored_at.timestamp() if scored_at else 0.0
    return newest, str(plan.unit.assessment_id), plan.unit.position


def _teams(filters: Filters) -> list[int] | None:
    if filters.team is None:
        return None
    return list(Team.objects.below([filters.team.pk]).values_list("pk", flat=True))


def _actions(
    user: User, filters: Filters, teams: list[int] | None, today: date
) -> Iterator[Action]:
    found = Action.objects.visible_to(user)
    if filters.status == NO_ACTIONS:
        return iter(())
    if filters.status:
        found = _with_status(found, filters.status, today)
    wanted = Q()
    if teams is not None:
        wanted &= Q(plan__unit__node__team__in=teams) | _shared_with("plan__unit__", teams)
    if filters.source:
        wanted &= Q(source=filters.source)
    if filters.owner:
        wanted &= Q(owner__name__icontains=filters.owner)
    wanted &= _period("due_date", filters)
    latest = CheckIn.objects.filter(action=OuterRef("pk")).order_by("-made_at", "-pk")
    return iter(
        found.filter(wanted)
        .annotate(last_word=Subquery(latest.values("note")[:1]))
        .select_related("plan__unit__assessment", "plan__lead", "source", "owner")
        .prefetch_related("steps", "effects")
        .distinct()
    )


def _with_status(found: ActionQuerySet, status: str, today: date) -> ActionQuerySet:
    if status == "OPEN":
        return found.open()
    return found.overdue(today) if status == "OVERDUE" else found.filter(status=status)


def _idle_plans(user: User, filters: Filters, teams: list[int] | None) -> QuerySet[Plan]:
    wanted = Q(actions=None) & _period("answer_due_date", filters)
    if teams is not None:
        wanted &= Q(unit__node__team__in=teams) | _shared_with("unit__", teams)
    found = Plan.objects.visible_to(user).filter(wanted)
    return found.select_related("unit__assessment", "lead")


def _shared_with(prefix: str, teams: list[int]) -> Q:
    smallest = {f"{prefix}unit_teams__team__in": teams, f"{prefix}unit_teams__is_smallest": True}
    return Q(**smallest)


def _period(field: str, filters: Filters) -> Q:
    wanted = Q()
    if filters.since:
        wanted &= Q(**{f"{field}__gte": filters.since})
    if filters.until:
        wanted &= Q(**{f"{field}__lte": filters.until})
    return wanted


def _action_row(action: Any, today: date) -> Row:
    plan, steps = action.plan, action.steps.all()
    done = sum(1 for step in steps if step.done_at)
    return Row(
        url=action.get_absolute_url(),
        is_open=action.is_open,
        is_late=action.is_open and action.due_date < today,
        cells=(
            plan.unit.name,
            plan.unit.assessment.name,
            action.title,
            action.get_status_display(),
            action.source.name,
            action.owner.name,
            action.due_date,
            round(action.hours, 1),
            _("%(done)s of %(all)s") % {"done": done, "all": len(steps)} if steps else "",
            action.last_word or "",
            str(plan.lead) if plan.lead else "",
            timezone.localdate(action.accepted_at),
            *_effect_cells(action),
        ),
    )


def _effect_cells(action: Any) -> tuple[Cell, Cell, Cell]:
    """Verdict, points and range of the last effect, as its page has them."""
    found = last_effects(action.effects.all())
    if not found:
        return "", None, ""
    effect = found[0]
    if effect.value is None or effect.low is None or effect.high is None:
        return effect.get_verdict_display(), None, ""
    ends = {"low": signed(effect.low), "high": signed(effect.high)}
    span = _("%(low)s to %(high)s") % ends
    return effect.get_verdict_display(), round(effect.value, 1), span


def _plan_row(plan: Plan) -> Row:
    return Row(
        url=plan.get_absolute_url(),
        cells=(
            plan.unit.name,
            plan.unit.assessment.name,
            "",
            _("no actions yet"),
            "",
            "",
            plan.answer_due_date,
            None,
            "",
            "",
            str(plan.lead) if plan.lead else "",
            None,
            "",
            None,
            "",
        ),
    )
