"""Which re-pulses are due: per source the units that acted on it, and when they can be asked.

Reading only. Whom a re-pulse would ask beside them stands in `plans.proposals`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from accounts.models import User
from plans.ground import OLDEST, Asked, Cell, Ground, read_ground
from plans.models import Action, ActionStatus
from plans.permissions import editable_plans
from plans.words import local_day
from resistance.models import Source
from surveys.models import AskedStatement, Assessment, AssessmentKind, State

#: re-pulses on one source that fall into so many days go out together
TOGETHER = timedelta(days=30)


@dataclass(frozen=True)
class Acting:
    """A cell where `actions` aimed at the source; on `day` they have had their time and its
    people may be asked again."""

    cell: Cell
    actions: Sequence[str]
    day: date


@dataclass(frozen=True)
class Due:
    """A re-pulse on one source of one assessment. `busy` names units that cannot be asked before
    another assessment of theirs is closed."""

    follows: Assessment
    source: Source
    day: date
    acting: Sequence[Acting]
    busy: Sequence[str]

    def is_ready(self, today: date) -> bool:
        return bool(self.acting) and self.day <= today

    def get_absolute_url(self) -> str:
        return reverse("plans:repulse", args=[self.follows.pk, self.source.pk])


def find_due(user: User, *, now: datetime) -> list[Due]:
    """All for HR; for a manager those on units inside their own teams, after actions of plans that
    they may change. The first to go first; a constant number of queries.
    """
    actions = list(_actions(user, now))
    if not actions:
        return []
    ground = read_ground(user, actions, now=now)
    return due_on(ground, actions, now=now)


def find_ready(user: User, *, now: datetime) -> list[Due]:
    """Those that can go out today; hardly any query where no action has had its time."""
    actions, today = list(_actions(user, now)), local_day(now)
    if not any(time_over(action) <= today for action in actions):
        return []
    found = due_on(read_ground(user, actions, now=now), actions, now=now)
    return [due for due in found if due.is_ready(today)]


def read_due(user: User, *, follows: UUID, source: str, now: datetime) -> tuple[Due, Ground] | None:
    """A single one with its ground; None if nothing of it is due for this user. Four queries, and
    for a manager those after the own teams."""
    mine = _actions(user, now).filter(plan__unit__assessment=follows, source=source)
    actions = list(mine.prefetch_related(None).select_related("plan__unit__assessment"))
    if not actions:
        return None
    ground = read_ground(user, actions, now=now)
    found = due_on(ground, actions, now=now)
    return (found[0], ground) if found else None


def due_on(ground: Ground, actions: Iterable[Action], *, now: datetime) -> list[Due]:
    by_key: dict[tuple[UUID, str], list[Action]] = defaultdict(list)
    for action in actions:
        by_key[_key(action)].append(action)
    found = [due for some in by_key.values() if (due := _due(ground, some, now))]
    return sorted(found, key=lambda due: (due.day, due.source.position, str(due.follows.pk)))


def _key(action: Action) -> tuple[UUID, str]:
    return action.plan.unit.assessment_id, action.source_id


def _actions(user: User, now: datetime) -> QuerySet[Action]:
    """Those that were not stopped, on a source that their assessment asked about."""
    asked = AskedStatement.objects.filter(
        assessment=OuterRef("plan__unit__assessment"), statement__source=OuterRef("source")
    )
    found = Action.objects.exclude(status=ActionStatus.STOPPED).filter(
        Exists(asked),
        plan__unit__assessment__state=State.SCORED,
        plan__unit__assessment__scored_at__gt=now - OLDEST,
    )
    if not user.is_hr:
        found = found.filter(plan__in=editable_plans(user))
    # fetched once each, where a join would build them anew for every action
    shared = "plan__unit__assessment"
    joined = found.select_related("plan__unit", "strategy", "source")
    return joined.prefetch_related(shared).order_by("pk")


def _due(ground: Ground, actions: Sequence[Action], now: datetime) -> Due | None:
    """`actions` aim at one source of one assessment."""
    first, today = actions[0], local_day(now)
    follows, source = first.plan.unit.assessment, first.source
    waiting = _waiting(ground, actions)
    acting = [_acting(ground, cell, some) for cell, some in waiting if not ground.is_busy(cell)]
    busy = [cell.name for cell, _some in waiting if ground.is_busy(cell)]
    if not acting:
        return None
    until = max(min(entry.day for entry in acting) + TOGETHER, today)
    together = [entry for entry in acting if entry.day <= until]
    return Due(follows, source, max(entry.day for entry in together), together, busy)


def _waiting(ground: Ground, actions: Sequence[Action]) -> list[tuple[Cell, list[Action]]]:
    """Cells with a value from before, and the actions there that nobody was asked about yet."""
    found: dict[Cell, list[Action]] = defaultdict(list)
    for action in actions:
        unit = action.plan.unit
        teams = ground.teams_of_unit.get(unit.pk, frozenset())
        for cell in ground.cells_within(unit.assessment_id, teams):
            has_value = ground.has_value(cell, action.source_id)
            if has_value and not _is_measured(ground, cell, action):
                found[cell].append(action)
    return sorted(found.items(), key=lambda row: row[0].position)


def _acting(ground: Ground, cell: Cell, actions: Sequence[Action]) -> Acting:
    day, free = min(time_over(action) for action in actions), ground.free_from(cell)
    titles = tuple(action.title for action in actions)
    return Acting(cell, titles, max(day, local_day(free)) if free else day)


def time_over(action: Action) -> date:
    """When the effect should show: after the weeks of its strategy. An action of the team's own
    has none known; it counts from the day it was done, or is due."""
    if action.strategy:
        return local_day(action.accepted_at + timedelta(weeks=action.strategy.weeks_to_effect))
    return local_day(action.status_since) if not action.is_open else action.due_date


def _is_measured(ground: Ground, cell: Cell, action: Action) -> bool:
    """A re-pulse on it, or a full assessment of the same initiative, has asked since its time."""
    rows = [row for team in cell.teams for row in ground.asked.get(team, ())]
    return any(
        _asks_about(row, action) and local_day(row.opens_at) >= time_over(action) for row in rows
    )


def _asks_about(asked: Asked, action: Action) -> bool:
    follows = action.plan.unit.assessment
    if asked.kind == AssessmentKind.REPULSE:
        return (asked.follows, asked.source) == _key(action)
    return (asked.name_en, asked.name_de) == (follows.name_en, follows.name_de)
