"""The roster as a page shows it: teams in their order with their people, a slice at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from django.db.models import Count, Q, QuerySet

from accounts.models import Person, Team

PER_PAGE = 60


@dataclass(frozen=True)
class TeamBlock:
    """A team with those of its people that stand on this page."""

    team: Team
    path: str
    count: int
    people: tuple[Person, ...]
    is_continued: bool


class RosterList(Sequence[TeamBlock]):
    """A paginator's list: its length counts team headings and people, a slice gives blocks.

    Costs the same number of queries whatever its size: the tree, one count per team, then the
    people and managers of the slice.
    """

    def __init__(self, words: str = "") -> None:
        self.people = search(words)
        counts = dict(self.people.order_by().values_list("team").annotate(Count("pk")))
        self.teams = list(Team.objects.in_order())
        names = {team.pk: team.name for team in self.teams}
        self.paths = {
            team.pk: " / ".join(names[pk] for pk in team.tree_path) for team in self.teams
        }
        shown = [team for team in self.teams if not words or team.pk in counts]
        self.entries = [(team, counts.get(team.pk, 0)) for team in shown]
        self.person_count = sum(counts.values())

    def __len__(self) -> int:
        return sum(1 + count for _team, count in self.entries)

    @overload
    def __getitem__(self, key: int) -> TeamBlock: ...
    @overload
    def __getitem__(self, key: slice) -> list[TeamBlock]: ...
    def __getitem__(self, key: int | slice) -> TeamBlock | list[TeamBlock]:
        if isinstance(key, int):
            return self[key : key + 1][0]
        start, stop, _step = key.indices(len(self))
        return self._blocks(list(self._pieces(start, stop)))

    def _pieces(self, start: int, stop: int) -> list[tuple[Team, int, int, int]]:
        """Team, its number of people, and which of them (from, to) lie between the two rows."""
        pieces, row = [], 0
        for team, count in self.entries:
            first, last = row + 1, row + 1 + count
            if row < stop and last > start:
                pieces.append((team, count, max(0, start - first), max(0, min(stop, last) - first)))
            row = last
        return pieces

    def _blocks(self, pieces: list[tuple[Team, int, int, int]]) -> list[TeamBlock]:
        ids = [team.pk for team, *_rest in pieces]
        people: dict[int, list[Person]] = {}
        for person in self.people.filter(team__in=ids).order_by("team", "name", "pk"):
            people.setdefault(person.team_id, []).append(person)
        managed = {
            team.pk: team for team in Team.objects.filter(pk__in=ids).prefetch_related("managers")
        }
        return [
            TeamBlock(
                team=managed[team.pk],
                path=self.paths[team.pk],
                count=count,
                people=tuple(people.get(team.pk, [])[first:last]),
                is_continued=first > 0,
            )
            for team, count, first, last in pieces
        ]


def search(words: str) -> QuerySet[Person]:
    """People whose name, e-mail, number or team holds every one of the words."""
    people = Person.objects.all()
    for word in words.split():
        people = people.filter(
            Q(name__icontains=word)
            | Q(email__icontains=word)
            | Q(number__icontains=word)
            | Q(team__name__icontains=word)
        )
    return people
