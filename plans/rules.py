"""The rules of a plan: who may change it, under a lock, and what its state allows."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import Team, User
from plans.models import MAX_OPEN_ACTIONS, Action, Plan, Recommendation, RecommendationState
from plans.permissions import can_edit, parents_of_teams, with_ancestors
from resistance.models import OwnerLevel
from surveys.models import UnitKind


class PlanningError(Exception):
    """A rule of the plan forbids it; the text is a sentence for the user."""


class NotAllowedError(PlanningError):
    """The user may not change this plan."""


def team_above(plan: Plan, level: str) -> Team:
    """The team that can start something of `level` for this plan: a node above, or the root."""
    own = plan.unit.node.team_id
    above = with_ancestors([own], parents_of_teams())
    if level == OwnerLevel.ORGANISATION:
        return Team.objects.get(pk=above[-1])
    is_own_node = plan.unit.kind != UnitKind.MERGED
    return Team.objects.get(pk=above[1] if is_own_node and len(above) > 1 else own)


def next_level(level: str) -> OwnerLevel:
    return OwnerLevel.DEPARTMENT if level == OwnerLevel.TEAM else OwnerLevel.ORGANISATION


def locked_plan(plan_id: int, by: User) -> Plan:
    plan = (
        Plan.objects.select_for_update(of=("self",))
        .select_related("unit__node__team")
        .get(pk=plan_id)
    )
    if not can_edit(by, plan):
        raise NotAllowedError(_("You can read this plan, but not change it."))
    return plan


def locked_recommendation(recommendation_id: int, by: User) -> tuple[Recommendation, Plan]:
    found = Recommendation.objects.select_related("strategy", "source")
    plan = locked_plan(found.values_list("plan", flat=True).get(pk=recommendation_id), by)
    return found.get(pk=recommendation_id), plan


def locked_action(action_id: int, by: User) -> Action:
    plan = locked_plan(Action.objects.values_list("plan", flat=True).get(pk=action_id), by)
    action = Action.objects.get(pk=action_id)
    action.plan = plan
    return action


def check_can_accept(recommendation: Recommendation) -> None:
    if recommendation.state in (RecommendationState.ACCEPTED, RecommendationState.DECLINED):
        raise PlanningError(_("This suggestion has been decided already."))
    if recommendation.state == RecommendationState.UPWARDS:
        raise PlanningError(_("Only a higher level can start this; you can ask for it."))


def check_open(action: Action) -> None:
    if not action.is_open:
        raise PlanningError(_("This action is finished. Reopen it first."))


def check_room(plan: Plan) -> None:
    if plan.actions.open().count() >= MAX_OPEN_ACTIONS:
        raise PlanningError(
            _("Three actions are open, which is the most. Finish or stop one first.")
        )
