"""Three assessments of one company: who is asked when, and what the gate lets out each time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bench.oracle.companies import Generator, Ints, Kind, random_company, walk
from resistance.disclosure import (
    Answers,
    Before,
    Exact,
    Index,
    Item,
    ItemResult,
    Node,
    Pooled,
    Protected,
    Reason,
    SourceResult,
    Suppressed,
    Thresholds,
    UnitResult,
    hang_groups,
    merge_groups,
    pooled,
    protect,
)
from resistance.earlier import EarlierUnit, Overlap, fewest_outside
from resistance.limits import share_of_named
from resistance.shown import UNTOUCHED

WAVES = 3
MOST_WHO_CHANGE = 8
TEAMS_WITH_CHANGE, TEAMS_ASKED = 0.6, 0.85
NAMED = 0.4
ABSENT = -1
NOTHING = Protected((), {}, {}, {})

Rule = Callable[[frozenset[int]], Before]
RuleMaker = Callable[["Wave", Sequence["Wave"]], Rule]


@dataclass(frozen=True, eq=False)
class People:
    """Per person: team in each wave (`ABSENT` before joining and after leaving), whether they
    answer, what they answer (the same every time), and whether they name the blocker."""

    team: Ints
    takes_part: np.ndarray
    values: np.ndarray
    names: np.ndarray


@dataclass(eq=False)
class Wave:
    """One assessment: its frozen tree, the group of every person, and what is shown of it."""

    number: int
    tree: Node
    items: Sequence[Item]
    people: People
    group: Ints
    shown: Protected = field(default_factory=lambda: NOTHING)
    figures: Pooled = field(default_factory=dict)
    share: float | None = None

    @property
    def answered(self) -> np.ndarray:
        return (self.group != ABSENT) & self.people.takes_part

    @property
    def answers(self) -> Answers:
        return Answers(self.people.values[self.answered], self.group[self.answered])

    def invited(self, groups: frozenset[int]) -> frozenset[int]:
        """The people who were invited in these groups."""
        return frozenset(np.flatnonzero(np.isin(self.group, sorted(groups))).tolist())

    def publish(self, rule: Rule) -> None:
        given = self.answers
        self.shown = protect(self.tree, self.items, given, Thresholds(), before=rule)
        self.figures = pooled(given, self.items, self.shown)
        units = self.shown.units
        if units and units[0].n is not None and not rule(units[0].groups).is_changed:
            named = int(self.people.names[self.answered].sum())
            self.share = share_of_named(named, len(given.group))


def random_people(
    rng: Generator, team: Ints, kind: Kind, items: Sequence[Item], response: float
) -> People:
    """The people of `team` in the first wave, and all who join later; 1 to 8 leave a team and
    1 to 8 join it between two waves."""
    waves = [team]
    for _ in range(WAVES - 1):
        waves.append(_later(rng, waves[-1], int(team.max()) + 1))
    total = len(waves[-1])
    table = np.stack([np.pad(w, (0, total - len(w)), constant_values=ABSENT) for w in waves])
    ever = table.max(axis=0)
    return People(
        table,
        rng.random(total) < response,
        kind.answers(rng, ever, np.array([item.is_asset for item in items])),
        rng.random(total) < NAMED,
    )


def _later(rng: Generator, team: Ints, teams: int) -> Ints:
    found = team.copy()
    joined: list[int] = []
    for number in range(teams):
        members = np.flatnonzero(team == number)
        if len(members) > 1 and rng.random() < TEAMS_WITH_CHANGE:
            leavers = int(rng.integers(1, min(MOST_WHO_CHANGE, len(members) // 2) + 1))
            found[rng.choice(members, leavers, replace=False)] = ABSENT
        if rng.random() < TEAMS_WITH_CHANGE:
            joined += [number] * int(rng.integers(1, MOST_WHO_CHANGE + 1))
    return np.concatenate([found, np.array(joined, dtype=np.int64)])


def the_rule(wave: Wave, before: Sequence[Wave]) -> Rule:
    """How the product compares people: what `surveys.waves.restriction_for` does with rows."""
    people, units = {}, {}
    for earlier in before:
        for unit in earlier.shown.units:
            name = (earlier.number, unit.key)
            people[name] = earlier.invited(unit.groups)
            units[name] = EarlierUnit(
                wave=earlier.number,
                invited=len(people[name]),
                is_cell=unit.is_cell,
                items=_revealing(unit.items),
                sources=_revealing(unit.sources),
                shown={k: x for k, x in unit.sources.items() if isinstance(x, Index)},
                outside=_outside(unit, wave.items),
            )

    def rule(groups: frozenset[int]) -> Before:
        now = wave.invited(groups)
        shared = {name: len(now & then) for name, then in people.items() if now & then}
        return Overlap(len(now), shared, units).before()

    return rule


def _outside(unit: UnitResult, items: Sequence[Item]) -> dict[str, int]:
    found: dict[str, list[Sequence[int]]] = {}
    for item in items:
        result = unit.items[item.key]
        if item.source and isinstance(result, Exact):
            found.setdefault(item.source, []).append(result.counts)
    return fewest_outside(found)


def _revealing(found: Mapping[str, ItemResult] | Mapping[str, SourceResult]) -> frozenset[str]:
    return frozenset(
        key
        for key, result in found.items()
        if isinstance(result, Suppressed) and result.reason is Reason.REVEALING
    )


def no_rule(wave: Wave, before: Sequence[Wave]) -> Rule:
    """A planted leak: every assessment is shown as if it were the first one."""
    return lambda _groups: UNTOUCHED


def random_history(
    rng: Generator,
    people: int,
    kind: Kind,
    items: Sequence[Item],
    *,
    make_rule: RuleMaker,
    response: float,
    count: int = WAVES,
) -> list[Wave]:
    """A company over overlapping waves, everything published by the gate."""
    tree, team = random_company(rng, people)
    crowd = random_people(rng, team, kind, items, response)
    waves: list[Wave] = []
    for number in range(count):
        asked = rng.random(int(team.max()) + 1) < (TEAMS_ASKED if number else 1.0)
        wave = open_wave(number, tree, items, crowd, asked)
        if wave is not None:
            wave.publish(make_rule(wave, waves))
            waves.append(wave)
    return waves


def open_wave(
    number: int, tree: Node, items: Sequence[Item], people: People, asked: np.ndarray
) -> Wave | None:
    """Groups and frozen tree as at opening; None if too few are asked."""
    team = people.team[number]
    is_asked = (team != ABSENT) & asked[np.maximum(team, 0)]
    numbers, counts = np.unique(team[is_asked], return_counts=True)
    invited = {f"team{n}": int(count) for n, count in zip(numbers, counts, strict=True)}
    pruned = _without_groups(tree, set(np.unique(team[~is_asked & (team != ABSENT)]).tolist()))
    merged = merge_groups(pruned, invited)
    if not merged:
        return None
    group_of = {key: place for place, keys in enumerate(merged) for key in keys}
    by_team = np.array([group_of.get(f"team{n}", ABSENT) for n in range(len(asked))])
    hung = hang_groups(pruned, merged)
    hung = Node(hung.key, hung.children, hung.groups, whole=True)
    return Wave(number, hung, items, people, np.where(is_asked, by_team[team], ABSENT))


def _without_groups(node: Node, left_out: set[int]) -> Node:
    """The tree with bare nodes; a node is whole unless people below it are not asked."""
    children = tuple(_without_groups(child, left_out) for child in node.children)
    below = {group for inner in walk(node) for group in inner.groups}
    return Node(node.key, children, (), whole=not below & left_out)
