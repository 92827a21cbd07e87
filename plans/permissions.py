"""Who may change a plan, answer a request or lead a plan; HR reads all plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Q, QuerySet

from accounts.models import Team, User
from plans.models import Plan, Request


def parents_of_teams() -> dict[int, int | None]:
    """Every team with its parent, read in one query."""
    return dict(Team.objects.order_by().values_list("pk", "parent_id"))


def with_ancestors(teams: Iterable[int | None], parents: Mapping[int, int | None]) -> list[int]:
    """`teams` and everything above them, nearest first."""
    found: dict[int, None] = {}
    level = list(teams)
    while level:
        new = [team for team in level if team is not None and team not in found]
        found.update(dict.fromkeys(new))
        level = [parents.get(team) for team in new]
    return list(found)


def editable_plans(user: User) -> QuerySet[Plan]:
    """Plans of units in the subtree of `user`, or shared by one of their teams."""
    return plans_of(user.managed_ids)


def plans_of(teams: Iterable[int]) -> QuerySet[Plan]:
    """Plans of units inside `teams`, a whole subtree, or shared by one of them."""
    mine = list(teams)
    shared = {"unit__unit_teams__team__in": mine, "unit__unit_teams__is_smallest": True}
    found = Plan.objects.filter(Q(unit__node__team__in=mine) | Q(**shared))
    return Plan.objects.filter(pk__in=found.values("pk"))


def can_edit(user: User, plan: Plan) -> bool:
    """True for managers of the unit's teams and above; being HR gives no right to change."""
    return editable_plans(user).filter(pk=plan.pk).exists()


def can_name_lead(user: User, plan: Plan) -> bool:
    return user.is_hr or can_edit(user, plan)


def possible_leads(plan: Plan) -> QuerySet[User]:
    """Managers of the unit's teams and of everything above them."""
    teams = [plan.unit.node.team_id]
    teams += plan.unit.unit_teams.filter(is_smallest=True).values_list("team", flat=True)
    above = with_ancestors(teams, parents_of_teams())
    return User.objects.filter(is_active=True, managed_teams__in=above).distinct().order_by("name")


def requests_to(user: User) -> QuerySet[Request]:
    """Requests that `user` may answer; those without a team, and all others too, for HR."""
    if user.is_hr:
        return Request.objects.all()
    return Request.objects.filter(to_team__in=Team.objects.managed_by(user))


def requests_of(user: User) -> QuerySet[Request]:
    """Requests that `user` may read: of plans they see, or addressed to them."""
    return Request.objects.filter(
        Q(plan__in=Plan.objects.visible_to(user)) | Q(pk__in=requests_to(user).values("pk"))
    )


def can_answer(user: User, request: Request) -> bool:
    return requests_to(user).filter(pk=request.pk).exists()


def may_edit_visible(user: User, plan: Plan) -> bool:
    """As `can_edit`, for a plan that was fetched by `visible_to`: only HR has to be asked."""
    return not user.is_hr or can_edit(user, plan)
