"""Two scored assessments of the same teams for tests: stored findings, nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from accounts.models import Person, Team
from resistance.models import Source, Statement
from surveys.models import Assessment, AssessmentKind, Invitation, State, Unit, Visibility
from tests.factories import (
    NOW,
    ask,
    make_assessment,
    make_group,
    make_node,
    make_people,
    make_source,
    make_source_finding,
    make_statement,
    make_summary,
    make_team,
    make_unit,
)

BEFORE = NOW - timedelta(weeks=26)
#: how far the values of neighbouring teams lie from their source's mean, first and second time
FIRST = (-12, -8, -4, 0, 4, 8, 12, 6)
SCATTER = (1, -1, 2, -2, 0, 1, -2, 1)
SLOPE, TREND = 0.5, -2


class Company:
    """`teams` of eight people and sources with one statement each, asked as often as wanted."""

    def __init__(self, *, teams: int = 8, sources: int = 8) -> None:
        self.sources: list[Source] = [make_source() for _ in range(sources)]
        self.statements: list[Statement] = [make_statement(source=s) for s in self.sources]
        self.teams: list[Team] = [make_team() for _ in range(teams)]
        self.people: dict[int, list[Person]] = {
            team.pk: make_people(team=team, count=2) for team in self.teams
        }

    def first(self, **fields: Any) -> Assessment:
        """The values of every source lie around 50."""
        moments = {"opens_at": BEFORE - timedelta(days=10), "closed_at": BEFORE, **fields}
        return self.scored(_first_value, scored_at=BEFORE, **moments)

    def second(self, **fields: Any) -> Assessment:
        """Half of each deviation is left, all sources fell by two points, and some scatter."""
        moments = {"opens_at": NOW - timedelta(days=10), "closed_at": NOW, **fields}
        return self.scored(_second_value, scored_at=NOW, **moments)

    def repulse(self, *, follows: Assessment, when: datetime) -> Assessment:
        """Asks after the first source ten weeks later; everything has fallen by two points."""
        fields = {"kind": AssessmentKind.REPULSE, "follows": follows, "source": self.sources[0]}
        moments = {"closes_at": when, "closed_at": when, "scored_at": when}
        moments["opens_at"] = when - timedelta(days=10)
        return self.scored(_third_value, only=1, **fields, **moments)

    def scored(
        self, value: Any, *, answers: int | None = 17, only: int = 99, **fields: Any
    ) -> Assessment:
        """`value` maps the places of a team and a source to points; `only` the first sources."""
        assessment = make_assessment(state=State.SCORED, **fields)
        ask(assessment, self.statements[:only])
        for source in self.sources[:only]:
            make_summary(
                assessment=assessment, source=source, mean=50.0, variance=324.0, alpha=0.75
            )
        for place, team in enumerate(self.teams):
            unit = self.unit(assessment, [team], answers=answers)
            for number, source in enumerate(self.sources[:only]):
                self.find(unit, source, value(place, number))
        return assessment

    def unit(self, assessment: Assessment, teams: list[Team], **fields: Any) -> Unit:
        known = assessment.nodes.filter(team=teams[0]).first()
        node = known or make_node(assessment=assessment, team=teams[0])
        group = make_group(assessment=assessment, node=node)
        Invitation.objects.bulk_create(
            [
                Invitation(assessment=assessment, group=group, person=person)
                for team in teams
                for person in self.people[team.pk]
            ],
            ignore_conflicts=True,
        )
        unit = make_unit(assessment=assessment, teams=teams, node=node, **fields)
        unit.groups.add(group)
        return unit

    @staticmethod
    def find(unit: Unit, source: Source, raw: int) -> None:
        few = {"visibility": Visibility.ROUNDED, "raw": 5 * round(raw / 5)}
        make_source_finding(unit=unit, source=source, **({"raw": raw} if unit.answers else few))


def _first_value(team: int, source: int) -> int:
    return 50 + FIRST[(team + source) % len(FIRST)]


def _second_value(team: int, source: int) -> int:
    start = FIRST[(team + source) % len(FIRST)]
    return round(50 + TREND + SLOPE * start) + SCATTER[(3 * team + source) % len(SCATTER)]


def _third_value(team: int, source: int) -> int:
    return round(50 + SLOPE * (_second_value(team, source) - 50)) + TREND
