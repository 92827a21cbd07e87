"""What a row of the table of addresses is, and the roles and rows of data it is tried with.

The rows stand in `tests/<app>/url_rows.py`, one per URL name: `"surveys:close": Row("manager hr",
method="post", arguments=lambda world: {"pk": world.draft.pk})`. The words of `allowed` are roles of
`ROLES`, or EVERYONE (signed in) or OPEN (no sign-in needed).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from accounts.models import Person, Team, User
from surveys.models import Assessment, KeyMode, State, Unit
from tests.factories import (
    make_assessment,
    make_organisation,
    make_person,
    make_team,
    make_unit,
    make_user,
)

ROLES = (
    "anonymous",
    "user",
    "manager",
    "other_manager",
    "hr",
    "reviewer",
    "administrator",
    "trustee",
)
EVERYONE = "user manager other_manager hr reviewer administrator trustee"
OPEN = "anonymous " + EVERYONE
PASSWORD = "quiet-Harbour-7"


@dataclass(frozen=True)
class Row:
    """Who gets an answer other than 403, 404 or the way to the sign-in page.

    `data` is posted, `arguments` fill the address; both may be made from the `World`.
    """

    allowed: str
    method: str = "get"
    arguments: Callable[[World], dict[str, Any]] = field(default=lambda _world: {})
    data: Callable[[World], dict[str, Any]] = field(default=lambda _world: {})

    @property
    def roles(self) -> set[str]:
        return set(self.allowed.split())


class World:
    """One row of each kind, made when first asked for; `manager` owns them all."""

    def __init__(self) -> None:
        make_organisation()
        self.users: dict[str, User | None] = {
            "anonymous": None,
            "user": make_user(password=PASSWORD),
            "manager": make_user(password=PASSWORD),
            "other_manager": make_user(password=PASSWORD),
            "hr": make_user(is_hr=True, password=PASSWORD),
            "reviewer": make_user(is_reviewer=True, password=PASSWORD),
            "administrator": make_user(is_staff=True, password=PASSWORD),
            "trustee": make_user(is_trustee=True, password=PASSWORD),
        }
        self.team: Team = make_team(managers=(self.user("manager"),))
        self.other_team: Team = make_team(managers=(self.user("other_manager"),))

    def user(self, role: str) -> User:
        user = self.users[role]
        assert user is not None
        return user

    @cached_property
    def person(self) -> Person:
        return make_person(team=self.team)

    @cached_property
    def draft(self) -> Assessment:
        draft = make_assessment(created_by=self.user("manager"))
        draft.teams.add(self.team)
        return draft

    @cached_property
    def open(self) -> Assessment:
        return self._unit_of(State.OPEN).assessment

    @cached_property
    def entrusted(self) -> Assessment:
        """Opening; it waits until the trustee has taken the code."""
        assessment = make_assessment(
            created_by=self.user("manager"), state=State.OPENING, key_mode=KeyMode.TRUSTEE
        )
        assessment.teams.add(self.team)
        assessment.trustees.add(self.user("trustee"))
        return assessment

    @cached_property
    def waiting_for_code(self) -> Assessment:
        self.entrusted.state = State.AWAITING_TRUSTEE
        self.entrusted.save()
        return self.entrusted

    @cached_property
    def scored(self) -> Assessment:
        return self.unit.assessment

    @cached_property
    def unit(self) -> Unit:
        return self._unit_of(State.SCORED)

    def _unit_of(self, state: str) -> Unit:
        assessment = make_assessment(created_by=self.user("manager"), state=state)
        assessment.teams.add(self.team)
        return make_unit(assessment=assessment, teams=[self.team])
