"""Which teams are collected together: small ones are merged before anybody is invited."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.models import Organisation, Person, Team, ids_below_in
from resistance import partition
from surveys.models import Assessment, UnitTeam

MAX_GROUP_NAME = 250
ALL_TEAMS = 0


class TooFewPeople(Exception):
    """The chosen teams together have fewer people than one group needs."""


@dataclass(frozen=True)
class PlannedNode:
    """A team in the frozen tree, in the order of the organisation; `parent` is a team id.

    `ALL_TEAMS` stands above everything. `is_whole` is False where some people are not asked.
    """

    team: int
    parent: int | None
    name: str
    invited: int
    is_whole: bool


@dataclass(frozen=True)
class PlannedGroup:
    """Teams that will be collected together; `at` is the smallest team that contains them."""

    name: str
    teams: tuple[int, ...]
    team_names: tuple[str, ...]
    invited: int
    at: int

    @property
    def is_merged(self) -> bool:
        return len(self.teams) > 1


@dataclass(frozen=True)
class Organised:
    """All teams as they stand today: id, parent and name in the order of the organisation, the
    first line the whole; and how many active people are in each."""

    teams: tuple[tuple[int, int | None, str], ...]
    people: Mapping[int, int]


@dataclass(frozen=True)
class Grouping:
    nodes: tuple[PlannedNode, ...]
    groups: tuple[PlannedGroup, ...]
    asked_teams: frozenset[int]

    @property
    def invited(self) -> int:
        return sum(group.invited for group in self.groups)


def asked_teams(assessment: Assessment, known: Organised) -> set[int]:
    """The chosen teams with everything below them; below those of a re-pulse only what is empty,
    so that a node whose people are all asked is whole."""
    roots = {team.pk for team in assessment.teams.all()}
    below = set(ids_below_in(((pk, parent) for pk, parent, _name in known.teams), roots))
    if assessment.is_repulse:
        below -= known.people.keys()
    return roots | below


def plan_groups(assessment: Assessment) -> tuple[PlannedGroup, ...]:
    """The groups of a draft if it were opened now; raises `TooFewPeople`."""
    return plan_grouping(assessment).groups


def plan_grouping(assessment: Assessment) -> Grouping:
    """Frozen tree and groups of a draft; raises `TooFewPeople`."""
    known = read_teams()
    asked = asked_teams(assessment, known)
    together = _reported_together(assessment, asked) if assessment.is_repulse else ()
    return group_teams(known, asked, assessment.min_invited, together)


def _reported_together(repulse: Assessment, asked: set[int]) -> list[frozenset[int]]:
    """The asked teams as they were counted before: a cell then is a group now."""
    cells: dict[UUID, set[int]] = defaultdict(set)
    rows = UnitTeam.objects.filter(unit__assessment=repulse.follows_id, unit__is_cell=True)
    for unit, team in rows.filter(team__in=asked).values_list("unit", "team"):
        cells[unit].add(team)
    return [frozenset(teams) for teams in cells.values()]


def read_teams() -> Organised:
    """Three queries."""
    people = Person.objects.active().order_by().values_list("team").annotate(Count("pk"))
    teams = Team.objects.in_order().values_list("pk", "parent_id", "name")
    below = [(pk, parent or ALL_TEAMS, name) for pk, parent, name in teams]
    whole = (ALL_TEAMS, None, Organisation.current().name)
    return Organised(teams=(whole, *below), people=dict(people))


def group_teams(
    known: Organised,
    asked: set[int],
    min_invited: int,
    together: Iterable[frozenset[int]] = (),
) -> Grouping:
    """The asked teams as a tree with its groups; sets of `together` stay undivided.

    Raises `TooFewPeople`.
    """
    nodes = _nodes(known, asked)
    if not nodes:
        raise TooFewPeople
    tree = _tree(nodes)
    invited = {str(node.team): node.invited for node in nodes if node.invited}
    bound = [frozenset(map(str, teams)) for teams in together]
    merged = partition.merge_groups(tree, invited, min_invited, bound)
    if not merged:
        raise TooFewPeople
    hung = partition.outline(partition.hang_groups(tree, merged)).nodes
    homes = {number: node.key for node in hung for number in node.groups}
    broken = {node.key for node in hung if not node.whole}
    nodes = tuple(replace(n, is_whole=n.is_whole and str(n.team) not in broken) for n in nodes)
    planned = {str(node.team): node for node in nodes}
    order = {node.team: place for place, node in enumerate(nodes)}
    groups = tuple(
        _group(sorted((planned[key] for key in keys), key=lambda n: order[n.team]), homes[number])
        for number, keys in enumerate(merged)
    )
    return Grouping(nodes, groups, frozenset(asked))


def _nodes(known: Organised, asked: set[int]) -> tuple[PlannedNode, ...]:
    """The asked teams under their smallest common team, parents before children.

    A team above them that is not asked as a whole is kept for the shape of the tree only.
    """
    people, rows = Counter(known.people), known.teams
    parents = {pk: parent for pk, parent, _name in rows}
    kept = _with_ancestors(asked, parents)
    partly = _with_ancestors(
        {pk for pk in parents if pk not in asked and (people[pk] or pk not in kept)}, parents
    )
    below = Counter(parents[pk] for pk in kept)
    top = ALL_TEAMS
    while top not in asked and below[top] == 1:
        top = next(pk for pk in kept if parents[pk] == top)
    above = _with_ancestors([top], parents) - {top}
    return tuple(
        PlannedNode(
            team=pk,
            parent=None if pk == top else parent,
            name=name,
            invited=people[pk] if pk in asked else 0,
            is_whole=pk not in partly,
        )
        for pk, parent, name in rows
        if pk in kept and pk not in above
    )


def _with_ancestors(teams: Iterable[int], parents: dict[int, int | None]) -> set[int]:
    kept: set[int] = set()
    for team in teams:
        step: int | None = team
        while step is not None and step not in kept:
            kept.add(step)
            step = parents[step]
    return kept


def _tree(nodes: tuple[PlannedNode, ...]) -> partition.Node:
    """The nodes as the gate's tree; the first one is the root."""
    below: dict[int | None, list[partition.Node]] = {}
    for node in reversed(nodes):
        children = tuple(reversed(below.pop(node.team, [])))
        below.setdefault(node.parent, []).append(
            partition.Node(str(node.team), children, whole=node.is_whole)
        )
    return below[None][0]


def _group(members: list[PlannedNode], home: str) -> PlannedGroup:
    return PlannedGroup(
        name=join_names([node.name for node in members]),
        teams=tuple(node.team for node in members),
        team_names=tuple(node.name for node in members),
        invited=sum(node.invited for node in members),
        at=int(home),
    )


def join_names(names: list[str]) -> str:
    """“A + B” as people know it; long ones end in a count."""
    name = " + ".join(names)
    if len(name) <= MAX_GROUP_NAME and len(names) <= 6:
        return name
    return _("{first} + {count} teams").format(first=names[0][:180], count=len(names) - 1)
