"""Builds the organisation of the demonstration: teams, roster, managers and sign-ins."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from accounts.models import Organisation, Person, Team, User
from demonstration import company

_WORDS = "harbour gull tide anchor lantern pier sail buoy reef keel mast rope shell dune wave"
WORDS = _WORDS.split()


@dataclass
class Staff:
    """Who was made, by name, with the passwords of this installation."""

    users: dict[str, User] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)

    def user(self, name: str, **fields: bool) -> User:
        """The user of that name, made at the first call; only `SIGN_INS` get a password."""
        if name not in self.users:
            password = new_password() if name in company.SIGN_INS else None
            self.passwords[name] = password or ""
            self.users[name] = User.objects.create_user(
                address(name), password, name=name, is_demonstration=True, **fields
            )
        return self.users[name]


def new_password() -> str:
    """Easy to type, 40 bits and more, made anew for every installation."""
    words = [secrets.choice(WORDS) for _ in range(3)]
    return "-".join([*words, f"{secrets.randbelow(10**9):09}"])


def address(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@harbour-retail.example"


def build_organisation() -> Staff:
    """12 teams in 3 departments with 180 people and everybody who signs in."""
    staff = Staff()
    Organisation.objects.create(pk=1, name=company.NAME, weeks_between=4)
    staff.user(company.HR, is_hr=True)
    staff.user(company.REVIEWER, is_reviewer=True)
    staff.user(company.ADMINISTRATOR, is_staff=True, is_superuser=True)
    root = _team(staff, company.NAME, None, 0, company.DIRECTOR)
    names = _names()
    for place, (department, (head, plans)) in enumerate(company.DEPARTMENTS.items()):
        parent = _team(staff, department, root, place, head)
        for position, plan in enumerate(plans):
            team = _team(staff, plan.name, parent, position, plan.manager)
            people = [plan.manager, *(next(names) for _ in range(plan.size - 1))]
            reached = plan.size - plan.without_email
            Person.objects.bulk_create(
                _person(name, team, has_email=number < reached)
                for number, name in enumerate(people)
            )
    return staff


def _team(staff: Staff, name: str, parent: Team | None, position: int, manager: str) -> Team:
    team = Team.objects.create(name=name, parent=parent, position=position)
    team.managers.add(staff.user(manager))
    staff.teams[name] = team
    return team


def _names() -> Iterator[str]:
    """Names without end, each different from the others."""
    for number in range(10_000):
        first = company.FIRST_NAMES[number % len(company.FIRST_NAMES)]
        last = company.LAST_NAMES[(number * 7 + number // 40) % len(company.LAST_NAMES)]
        yield f"{first} {last}"


def _person(name: str, team: Team, *, has_email: bool) -> Person:
    language = "de" if len(name) % 3 == 0 else "en"
    email = address(name) if has_email else None
    return Person(name=name, email=email, team=team, language=language)
