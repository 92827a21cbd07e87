"""Works out the effects of actions between two assessments, as rows to be stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from plans.acts import Acts
from plans.models import Action, ActionStatus, Basis, Effect, Verdict
from resistance import effect as pure
from surveys.changes import pair_of
from surveys.comparison import Both, Pairing
from surveys.models import Assessment

DECIMALS = 2
OWN = 1.0


@dataclass(frozen=True)
class Case:
    """An action that people were asked about again; `unit` is the later one of its teams."""

    action: Action
    teams: frozenset[int]
    unit: UUID | None

    @property
    def weight(self) -> float:
        """How much of the strategy's effect is meant to reach the action's source."""
        strategy = self.action.strategy
        targets = strategy.targets.all() if strategy else ()
        weights = {target.source_id: target.weight for target in targets}
        return weights.get(self.action.source_id, 0.0)

    @property
    def promised(self) -> float:
        """What the suggestion said when it was taken on, else what the method usually brings."""
        suggestion, strategy = self.action.recommendation, self.action.strategy
        if suggestion and suggestion.source_id == self.action.source_id:
            return suggestion.expected_points
        return self.weight * strategy.prior_points if strategy else 0.0

    def has_had_its_time(self, until: datetime) -> bool:
        strategy = self.action.strategy
        weeks = timedelta(weeks=strategy.weeks_to_effect if strategy else 0)
        return self.action.accepted_at + weeks <= until


def closed(assessment: Assessment) -> datetime:
    moment = assessment.closed_at or assessment.scored_at
    assert moment is not None
    return moment


def asked_again(pairing: Pairing) -> datetime:
    """When people could answer again; what was taken on later cannot show in their answers."""
    later = pairing.later.assessment
    return later.opens_at or closed(later)


def cases_of(pairing: Pairing, *, is_newest: bool) -> list[Case]:
    """Actions from the plans of the earlier assessment whose teams were all asked again.

    That teams were reported with others is told once, beside the newest earlier assessment.
    """
    actions = Action.objects.filter(
        plan__unit__assessment=pairing.earlier.assessment, accepted_at__lt=asked_again(pairing)
    ).exclude(status=ActionStatus.STOPPED)
    rows = actions.select_related("plan", "recommendation", "strategy")
    later_of = {earlier: later for later, earlier in pairing.units.items()}
    found = []
    for action in rows.prefetch_related("strategy__targets").order_by("pk"):
        teams = pairing.earlier.teams.get(action.plan.unit_id, frozenset())
        unit = later_of.get(action.plan.unit_id)
        is_gone = unit is None and is_newest and teams not in pairing.later.unit_of_teams
        is_asked = teams <= pairing.later.all_teams and action.source_id in pairing.later.asked
        if is_asked and (unit or is_gone):
            found.append(Case(action, teams, unit))
    return found


def find_effects(
    cases: list[Case],
    pairing: Pairing,
    acts: Acts,
    expectation: pure.Expectation | None,
    *,
    now: datetime,
) -> Iterator[Effect]:
    """One for each action whose strategy has had its weeks."""
    both = {(both.unit, both.source): both for both in pairing.both()}
    until = closed(pairing.later.assessment)
    for case in cases:
        if case.has_had_its_time(until):
            effect = _unmeasured(case, pairing, acts, now)
            found = both.get((case.unit, effect.source_id)) if case.unit else None
            if found:
                _fill(effect, found, pairing, expectation)
                effect.may_teach = _may_teach(effect, case)
            yield effect


def _unmeasured(case: Case, pairing: Pairing, acts: Acts, now: datetime) -> Effect:
    action = case.action
    is_done = action.status == ActionStatus.DONE and action.status_since < asked_again(pairing)
    return Effect(
        action=action,
        assessment=pairing.later.assessment,
        source_id=action.source_id,
        basis=_why_not(case, pairing),
        verdict=Verdict.TOO_FEW,
        promised=round(case.promised, DECIMALS),
        is_done=is_done,
        is_alone=acts.is_alone(action.pk, case.teams, action.source_id),
        may_teach=False,
        measured_at=now,
    )


def _why_not(case: Case, pairing: Pairing) -> Basis:
    if case.unit is None:
        return Basis.NO_UNIT
    return Basis.DIFFERENT_PEOPLE if case.unit in pairing.changed else Basis.NOT_SHOWN


def _fill(
    effect: Effect, both: Both, pairing: Pairing, expectation: pure.Expectation | None
) -> None:
    """Only numbers that were published, and what follows from them, enter."""
    found = _measured(effect, both, pairing, expectation)
    trend = expectation.trends.get(both.source) if expectation else None
    is_known = trend is not None and found.basis is pure.Basis.FITTED
    effect.basis, effect.verdict = Basis[found.basis.name], Verdict[found.verdict.name]
    effect.first, effect.second = round(both.before.value), round(both.after.value)
    effect.value = round(found.value, DECIMALS)
    effect.expected = round(both.after.value - effect.value, DECIMALS)
    effect.trend = round(trend.value, DECIMALS) if trend and is_known else 0.0
    effect.low, effect.high = round(found.low, DECIMALS), round(found.high, DECIMALS)
    effect.variance = round(found.variance, DECIMALS)
    effect.shared_variance = round(found.shared_variance, DECIMALS)


def _measured(
    effect: Effect, both: Both, pairing: Pairing, expectation: pure.Expectation | None
) -> pure.Effect:
    if expectation:
        pair = pair_of(both, pairing)
        return pure.measure_effect(pair, expectation, expected=effect.promised)
    before = pairing.earlier.findings[both.earlier_unit][both.source]
    estimate = both.before.value if before.estimate is None else before.estimate
    return pure.measure_unfitted_effect(
        after=both.after.value,
        after_error=both.after.error,
        estimate=estimate,
        sd=both.before.error**0.5 if before.estimate_sd is None else before.estimate_sd,
    )


def _may_teach(effect: Effect, case: Case) -> bool:
    """Also only about the source that the strategy is made for: the prior speaks of that one."""
    is_sound = effect.basis == Basis.FITTED and effect.is_done and effect.is_alone
    return bool(is_sound and case.weight == OWN)
