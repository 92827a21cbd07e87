"""Reads two scored assessments side by side: units of the same teams, and what was found then.

Only stored findings enter; of units of 5-9 answers these hold nothing but the rounded index.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from uuid import UUID

from resistance.change import Reading, are_different_people
from resistance.inputs import Defaults
from surveys.models import (
    AskedStatement,
    Assessment,
    Invitation,
    SourceFinding,
    SourceSummary,
    Unit,
    UnitTeam,
    Visibility,
)
from surveys.retention import INVITATIONS_KEPT

MOST_EARLIER = 4

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Wave:
    """A scored assessment, read once: seven queries."""

    assessment: Assessment
    units: Mapping[UUID, Unit]
    teams: Mapping[UUID, frozenset[int]]
    findings: Mapping[UUID, Mapping[str, SourceFinding]]
    summaries: Mapping[str, SourceSummary]
    asked: Mapping[str, frozenset[int]]
    groups: Mapping[UUID, frozenset[int]]
    people_of_group: Mapping[int, frozenset[int]]

    @cached_property
    def unit_of_teams(self) -> dict[frozenset[int], UUID]:
        """The smallest unit where two hold the same teams."""
        ordered = sorted(self.units.values(), key=lambda unit: (unit.is_cell, unit.position))
        return {self.teams[unit.pk]: unit.pk for unit in ordered if self.teams.get(unit.pk)}

    @cached_property
    def all_teams(self) -> frozenset[int]:
        return frozenset[int]().union(*self.teams.values())

    def people(self, unit: UUID) -> frozenset[int]:
        """Who was invited in it; says nothing about taking part."""
        found = [self.people_of_group.get(group, frozenset()) for group in self.groups[unit]]
        return frozenset[int]().union(*found)

    def reading(self, unit: UUID, source: str) -> Reading | None:
        """What was published of a source, with what its uncertainty is made of."""
        finding, summary = self.findings[unit].get(source), self.summaries.get(source)
        if finding is None or finding.raw is None or summary is None:
            return None
        constants, about = Defaults(), self.units[unit]
        variance, alpha = summary.variance, summary.alpha
        return Reading(
            value=float(finding.raw),
            n=about.answers,
            invited=about.invited,
            rounded=finding.visibility == Visibility.ROUNDED,
            variance=constants.within_sd**2 if variance is None else variance,
            alpha=constants.alpha if alpha is None else alpha,
            response=self.assessment.response,
        )


@dataclass(frozen=True)
class Both:
    """One source of one unit, before and after."""

    unit: UUID
    earlier_unit: UUID
    source: str
    before: Reading
    after: Reading


@dataclass(frozen=True)
class Pairing:
    """Two assessments and which units of the later one are units of the same teams before."""

    earlier: Wave
    later: Wave
    units: Mapping[UUID, UUID]

    @cached_property
    def changed(self) -> frozenset[UUID]:
        """Units of the later assessment in which more than 30 % are different people."""
        return frozenset(unit for unit in self.units if self._is_changed(unit))

    @cached_property
    def sources(self) -> list[str]:
        """Those about which the same statements were asked both times."""
        before, after = self.earlier.asked, self.later.asked
        return sorted(key for key in after if before.get(key) == after[key])

    def both(self) -> Iterator[Both]:
        """Everything that may be compared, in order of unit and source."""
        for unit in sorted(self.units, key=str):
            if unit not in self.changed:
                yield from self._sources_of(unit)

    def _sources_of(self, unit: UUID) -> Iterator[Both]:
        for source in self.sources:
            before = self.earlier.reading(self.units[unit], source)
            after = self.later.reading(unit, source)
            if before and after:
                yield Both(unit, self.units[unit], source, before, after)

    def _is_changed(self, unit: UUID) -> bool:
        before, after = self.earlier.people(self.units[unit]), self.later.people(unit)
        return are_different_people(
            invited_before=len(before),
            invited_after=len(after),
            invited_both=len(before & after),
        )


def read_pairings(assessment: Assessment) -> list[Pairing]:
    """Each unit beside the newest earlier assessment that has a unit of just its teams."""
    earlier = list(_before(assessment))
    if not earlier:
        return []
    later = read_wave(assessment)
    left, found = set(later.units), []
    for candidate in earlier:
        wave = read_wave(candidate)
        matched = {
            unit: wave.unit_of_teams.get(later.teams.get(unit, frozenset())) for unit in left
        }
        units = {unit: before for unit, before in matched.items() if before is not None}
        if units:
            found.append(Pairing(wave, later, units))
            left -= units.keys()
    return found


def read_wave(assessment: Assessment) -> Wave:
    findings: dict[UUID, dict[str, SourceFinding]] = defaultdict(dict)
    for finding in SourceFinding.objects.filter(unit__assessment=assessment):
        findings[finding.unit_id][finding.source_id] = finding
    summaries = SourceSummary.objects.filter(assessment=assessment)
    asked = AskedStatement.objects.filter(assessment=assessment).exclude(statement__source=None)
    links = Unit.groups.through.objects.filter(unit__assessment=assessment)
    teams = UnitTeam.objects.filter(unit__assessment=assessment)
    invited = Invitation.objects.filter(assessment=assessment)
    return Wave(
        assessment=assessment,
        units={unit.pk: unit for unit in Unit.objects.filter(assessment=assessment)},
        teams=_sets(teams.values_list("unit", "team")),
        findings=findings,
        summaries={summary.source_id: summary for summary in summaries},
        asked=_sets(asked.values_list("statement__source", "statement")),
        groups=defaultdict(frozenset, _sets(links.values_list("unit_id", "group_id"))),
        people_of_group=_sets(invited.values_list("group", "person")),
    )


def _before(assessment: Assessment) -> Iterable[Assessment]:
    """What a re-pulse follows; else full assessments of the same initiative, the newest first,
    while it is known who was invited to them."""
    scored_at = assessment.scored_at
    if scored_at is None:
        return []
    known = Assessment.objects.scored().filter(scored_at__gt=scored_at - INVITATIONS_KEPT)
    if assessment.follows_id:
        return known.filter(pk=assessment.follows_id)
    same = {"name_en": assessment.name_en, "name_de": assessment.name_de}
    earlier = known.full().filter(**same, scored_at__lt=scored_at)
    return earlier.order_by("-scored_at", "pk")[:MOST_EARLIER]


def _sets(rows: Iterable[tuple[Key, Value]]) -> dict[Key, frozenset[Value]]:
    found: dict[Key, set[Value]] = defaultdict(set)
    for key, value in rows:
        found[key].add(value)
    return {key: frozenset(values) for key, values in found.items()}
