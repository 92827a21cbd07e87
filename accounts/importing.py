"""Brings a roster file into the database: what it would change, and the change itself.

People are found again by their number, else by e-mail, else by name and team among those who have
neither. Nobody is deleted: who is not in the file stays as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Organisation, Person, Team, User, record
from accounts.roster import Problem, Roster, Row, UnreadableRoster
from accounts.tasks import send_welcome

Path = tuple[str, ...]
FIELDS = ("name", "email", "number", "language")


class RosterChanged(Exception):
    """Between the preview and the confirmation somebody changed the roster."""


@dataclass(frozen=True)
class Change:
    """What would happen to one person; `fields` names what changes."""

    line: int
    name: str
    team: Path
    person_id: int | None
    values: dict[str, str]
    fields: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """The new values of what changes, for the reader."""
        if not self.person_id:
            return [value for name, value in self.values.items() if name != "name"]
        names = {"team": _("moves here"), "is_active": _("active again")}
        return [names.get(name) or self.values[name] for name in self.fields]


@dataclass(frozen=True)
class Preview:
    """All that an import would do, before it does it."""

    new_teams: tuple[Path, ...]
    created: tuple[Change, ...]
    changed: tuple[Change, ...]
    managers: tuple[tuple[Path, str], ...]
    new_accounts: tuple[str, ...]
    unchanged: int
    untouched: int
    ignored_columns: tuple[str, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        return not (self.new_teams or self.created or self.changed or self.managers)

    @property
    def fingerprint(self) -> str:
        """The same for the same plan only; binds a confirmation to what was shown."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


class TeamIndex:
    """Finds teams by path while new ones are being added; a path may leave out its beginning."""

    def __init__(self) -> None:
        rows = {team.pk: team for team in Team.objects.order_by("position", "pk")}
        self.ids: dict[Path, int | None] = {}
        self.tails: dict[Path, list[Path]] = {}
        self.codes: dict[str, Path] = {}
        for team in rows.values():
            path: Path = (team.name,)
            parent = team.parent_id
            while parent:
                path = (rows[parent].name, *path)
                parent = rows[parent].parent_id
            self.add(path, team.pk)
            if team.code:
                self.codes[team.code] = path
        self.new: list[Path] = []

    def add(self, path: Path, team_id: int | None) -> None:
        self.ids[path] = team_id
        for start in range(len(path)):
            self.tails.setdefault(path[start:], []).append(path)

    def resolve(self, path: Path) -> Path:
        """The full path of an existing team, or of a new one; LookupError when it is unclear."""
        if path in self.ids:
            return path
        if len(path) == 1 and path[0] in self.codes:
            return self.codes[path[0]]
        found = self.tails.get(path, [])
        if len(found) > 1:
            raise LookupError
        if found:
            return found[0]
        full = (*self.resolve(path[:-1]), path[-1]) if len(path) > 1 else path
        self.add(full, None)
        self.new.append(full)
        return full


class PersonIndex:
    """Finds the stored person that a row speaks of."""

    def __init__(self) -> None:
        self.people = list(Person.objects.order_by("pk"))
        self.by_number = {person.number: person for person in self.people if person.number}
        self.by_email = {person.email.lower(): person for person in self.people if person.email}
        self.by_name: dict[tuple[str, int | None], Person] = {
            (person.name, person.team_id): person
            for person in self.people
            if not person.number and not person.email
        }

    def find(self, row: Row, team_id: int | None) -> Person | None:
        """Raises LookupError when number and e-mail belong to two people."""
        numbered, addressed = self.by_number.get(row.number), self.by_email.get(row.email)
        if numbered and addressed and numbered is not addressed:
            raise LookupError
        if numbered or addressed:
            return numbered or addressed
        if row.number or row.email:
            return None
        return self.by_name.get((row.name, team_id))


def compare(roster: Roster) -> Preview:
    """What the file would change; reads three tables whole. Raises UnreadableRoster."""
    teams, people = TeamIndex(), PersonIndex()
    changes, managers, problems = [], [], []
    for row in roster.rows:
        try:
            path = teams.resolve(row.team)
        except LookupError:
            text = _("There are several teams of this name; write the whole path.")
            problems.append(Problem(row.line, "team", text))
            continue
        try:
            person = people.find(row, teams.ids[path])
        except LookupError:
            text = _("The number belongs to one person and the e-mail to another.")
            problems.append(Problem(row.line, "number", text))
            continue
        changes.append(change_of(row, path, person, teams.ids[path]))
        if address := (row.email if row.is_manager else row.manager_email):
            managers.append((path, address))
    problems += taken_twice(changes, people)
    if problems:
        raise UnreadableRoster(problems)
    return preview_of(roster, teams, people, changes, new_managers(teams, managers))


def change_of(row: Row, path: Path, person: Person | None, team_id: int | None) -> Change:
    """Empty cells leave what is stored."""
    values = {name: getattr(row, name) for name in FIELDS if getattr(row, name)}
    fields: tuple[str, ...] = ()
    if person:
        fields = tuple(name for name, value in values.items() if getattr(person, name) != value)
        if person.team_id != team_id:
            fields += ("team",)
        if not person.is_active:
            fields += ("is_active",)
    return Change(row.line, row.name, path, person.pk if person else None, values, fields)


def taken_twice(changes: Iterable[Change], people: PersonIndex) -> list[Problem]:
    """Two rows of the file that mean the same stored person."""
    lines: dict[int, int] = {}
    problems = []
    for change in changes:
        if change.person_id is None:
            continue
        if first := lines.get(change.person_id):
            text = _("The same person as in line %(line)s.") % {"line": first}
            problems.append(Problem(change.line, "name", text))
        lines.setdefault(change.person_id, change.line)
    return problems


def new_managers(teams: TeamIndex, wanted: list[tuple[Path, str]]) -> list[tuple[Path, str]]:
    through = Team.managers.through.objects.values_list("team_id", "user__email")
    present = set(through)
    return [
        (path, address)
        for path, address in dict.fromkeys(wanted)
        if (teams.ids[path], address) not in present
    ]


def preview_of(
    roster: Roster,
    teams: TeamIndex,
    people: PersonIndex,
    changes: list[Change],
    managers: list[tuple[Path, str]],
) -> Preview:
    known = set(User.objects.values_list("email", flat=True))
    found = [change for change in changes if change.person_id]
    changed = tuple(change for change in found if change.fields)
    return Preview(
        new_teams=tuple(teams.new),
        created=tuple(change for change in changes if not change.person_id),
        changed=changed,
        managers=tuple(managers),
        new_accounts=tuple(
            dict.fromkeys(address for _path, address in managers if address not in known)
        ),
        unchanged=len(found) - len(changed),
        untouched=len(people.people) - len(found),
        ignored_columns=roster.ignored_columns,
    )


@transaction.atomic
def apply_roster(*, roster: Roster, fingerprint: str, by: User) -> Preview:
    """Do what the preview showed, all of it or nothing.

    Raises RosterChanged when the same file would do something else by now.
    """
    preview = compare(roster)
    if preview.fingerprint != fingerprint:
        raise RosterChanged
    ids = create_teams(preview.new_teams)
    try:
        with transaction.atomic():
            change_people(preview.changed, ids)
            create_people(preview.created, ids)
    except IntegrityError as error:
        text = _("Two people swap a number or an address. Import this in two steps.")
        raise UnreadableRoster([Problem(0, "", text)]) from error
    add_managers(preview, ids)
    record(
        actor=by,
        verb=gettext_noop("roster imported"),
        subject=Organisation.current(),
        people_added=len(preview.created),
        people_changed=len(preview.changed),
        teams_added=len(preview.new_teams),
        managers_added=len(preview.managers),
    )
    return preview


def create_teams(paths: Iterable[Path]) -> dict[Path, int]:
    """The ids of all teams by path, after making the new ones below everything that exists."""
    ids = {path: pk for path, pk in TeamIndex().ids.items() if pk}
    position = Team.objects.count()
    for path in paths:
        parent = ids[path[:-1]] if len(path) > 1 else None
        position += 1
        ids[path] = Team.objects.create(name=path[-1], parent_id=parent, position=position).pk
    return ids


def change_people(changes: Iterable[Change], ids: dict[Path, int]) -> None:
    wanted = {change.person_id: change for change in changes if change.person_id}
    people = list(Person.objects.in_bulk(list(wanted)).values())
    for person in people:
        change = wanted[person.pk]
        for name, value in change.values.items():
            setattr(person, name, value)
        person.team_id, person.is_active = ids[change.team], True
    Person.objects.bulk_update(people, [*FIELDS, "team", "is_active"], batch_size=200)


def create_people(changes: Iterable[Change], ids: dict[Path, int]) -> None:
    Person.objects.bulk_create(
        [Person(team_id=ids[change.team], **change.values) for change in changes], batch_size=500
    )


def add_managers(preview: Preview, ids: dict[Path, int]) -> None:
    """Give teams their managers; who had no account gets one and a mail."""
    names = dict(Person.objects.filter(email__isnull=False).values_list("email", "name"))
    users = {user.email: user for user in User.objects.all()}
    for address in preview.new_accounts:
        name = names.get(address, address.partition("@")[0])
        users[address] = User.objects.create_user(address, name=name)
        send_welcome.delay_on_commit(user_id=users[address].pk)
    through = Team.managers.through
    through.objects.bulk_create(
        [through(team_id=ids[path], user=users[address]) for path, address in preview.managers],
        batch_size=500,
    )
