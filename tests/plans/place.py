"""A team with a plan to decide on, and the people around it."""

from datetime import timedelta

from plans import planning
from surveys.models import State
from tests.factories import (
    NOW,
    make_action,
    make_assessment,
    make_person,
    make_plan,
    make_recommendation,
    make_source,
    make_strategy,
    make_team,
    make_unit,
    make_user,
)

TODAY = NOW.date()


class Place:
    """A team with manager, owner, plan and one suggestion below a department with its director."""

    def __init__(self):
        self.director, self.manager, self.hr = make_user(), make_user(), make_user(is_hr=True)
        self.top = make_team(managers=(self.director,))
        self.team = make_team(parent=self.top, managers=(self.manager,))
        self.owner = make_person(team=self.team)
        self.unit = make_unit(assessment=make_assessment(state=State.SCORED), teams=[self.team])
        self.plan = make_plan(unit=self.unit, lead=self.manager)
        self.source = make_source()
        self.strategy = make_strategy(targets={self.source: 1.0})
        self.suggestion = self.recommend()

    def recommend(self, **fields):
        defaults = {"plan": self.plan, "strategy": self.strategy, "source": self.source}
        return make_recommendation(**{**defaults, **fields})

    def act(self, **fields):
        return make_action(plan=self.plan, source=self.source, owner=self.owner, **fields)

    def accept(self, **fields):
        arguments = {
            "recommendation_id": self.suggestion.pk,
            "by": self.manager,
            "owner": self.owner,
            "due_date": TODAY + timedelta(weeks=4),
            "now": NOW,
        }
        return planning.accept_recommendation(**{**arguments, **fields})
