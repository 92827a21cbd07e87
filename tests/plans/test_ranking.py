"""Ranking: the page's worked example, a brute-force oracle, and every reason for losing."""

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest

from plans.options import blocked, weeks_until
from plans.ranking import Level, Limits, Option, Ranking, Together, Why, rank_actions
from plans.severity import Severity
from tests.worked_examples import read_example, read_numbers

SOURCES = ("time", "silos")
TARGETS = {"time": 35.0, "silos": 35.0}
IMPORTANCE = {"time": 0.5, "silos": 0.5}
DRAWS = np.array([[row[source] for source in SOURCES] for row in read_numbers("draws")])


def make_option(key, *, time=0.0, silos=0.0, points=6.0, hours=10.0, **fields):
    targets = {source: w for source, w in (("time", time), ("silos", silos)) if w}
    defaults = {"hours_per_member": 0.0, "weeks": 6, "level": Level.TEAM}
    return Option(key=key, targets=targets, points=points, hours_fixed=hours, **(defaults | fields))


def make_limits(**fields):
    return Limits(**({"members": 10, "budget_hours": 30.0} | fields))


OPTIONS = [
    make_option(
        row["option"],
        time=float(row["time"]),
        silos=float(row["silos"]),
        points=float(row["points"]),
        hours=float(row["hours"]),
    )
    for row in read_example("options")
]
P, Q, R, S = OPTIONS


def rank(options=OPTIONS, **fields):
    return rank_actions(DRAWS, SOURCES, TARGETS, IMPORTANCE, options, make_limits(**fields))


def keys(actions):
    return [action.key for action in actions]


def why_not(ranking):
    return {other.key: other.why for other in ranking.alternatives}


def test_value_of_sets_equals_worked_examples():
    severity = Severity(DRAWS, SOURCES, TARGETS, IMPORTANCE)
    by_key = {option.key: option for option in OPTIONS}

    for row in read_example("sets"):
        members = [by_key[key] for key in row["set"].split()]
        take = np.array([[sum(o.points * o.targets.get(s, 0) for o in members) for s in SOURCES]])

        assert severity.values(take)[0] == pytest.approx(float(row["value"]))
        for column, source in enumerate(SOURCES):
            removed = severity.removed(column, take[:, column])[0]
            assert removed == pytest.approx(float(row[f"off {source}"]))
        assert sum(option.hours_for(10) for option in members) == float(row["hours"])


def test_plan_equals_worked_examples():
    for row in read_example("plans"):
        ranking = rank(budget_hours=float(row["budget"]))

        assert sorted(keys(ranking.chosen)) == row["plan"].replace("–", "").split()


def test_chosen_actions_carry_their_numbers():
    ranking = rank()

    first, second, third = ranking.chosen
    assert (ranking.value, ranking.hours) == (10.625, 28.0)
    assert keys(ranking.chosen) == ["P", "R", "Q"]
    assert [first.value, second.value, third.value] == [3.375, 2.625, 2.25]
    assert (first.aim.source, first.aim.severity, first.hours, first.weeks) == (
        "time",
        17.5,
        10.0,
        6,
    )
    assert (first.aim.drop, first.aim.low, first.aim.high) == (12.0, 6.12, 17.88)
    assert third.aim.source == "silos"


def test_alternatives_carry_value_and_hours_of_the_plan_with_them():
    (other,) = rank().alternatives

    assert (other.key, other.why) == ("S", Why.OVER_BUDGET)
    assert (other.value, other.hours, other.own_hours) == (11.0, 43.0, 25.0)
    assert other.instead_of == "Q"


def oracle_value(members):
    """The definition itself, draw by draw."""
    total = 0.0
    for column, source in enumerate(SOURCES):
        take = sum(option.points * option.targets.get(source, 0.0) for option in members)
        severity = np.maximum(0.0, DRAWS[:, column] - TARGETS[source])
        total += IMPORTANCE[source] * float(np.minimum(take, severity).mean())
    return total


def oracle_best(options, limits):
    """Hours and keys of the plan by brute force."""
    sets = [
        members
        for size in range(limits.max_actions + 1)
        for members in combinations(sorted(options, key=lambda o: o.key), size)
        if sum(o.hours_for(limits.members) for o in members) <= limits.budget_hours
    ]
    best = max(oracle_value(members) for members in sets)
    near = [m for m in sets if oracle_value(m) >= 0.95 * best - 1e-9]
    strongest = SOURCES[int(DRAWS.mean(axis=0).argmax())]
    serving = [m for m in near if any(o.targets.get(strongest) == 1 for o in m)]
    near = serving or near
    ranked = sorted(
        near,
        key=lambda m: (
            round(sum(o.hours_for(limits.members) for o in m), 6),
            -round(oracle_value(m), 6),
        ),
    )
    return sorted(o.key for o in ranked[0])


@pytest.mark.parametrize("seed", range(25))
def test_rank_actions_agrees_with_brute_force(seed):
    generator = np.random.default_rng(seed)
    options = [
        make_option(
            f"o{number}",
            time=float(generator.choice([0.0, 0.4, 1.0])),
            silos=float(generator.choice([0.2, 1.0])),
            points=float(generator.uniform(1, 15)),
            hours=float(generator.uniform(2, 15)),
            hours_per_member=float(generator.uniform(0, 1)),
        )
        for number in range(7)
    ]
    limits = make_limits(budget_hours=float(generator.uniform(15, 45)))

    ranking = rank_actions(DRAWS, SOURCES, TARGETS, IMPORTANCE, options, limits)

    assert sorted(keys(ranking.chosen)) == oracle_best(options, limits)
    assert ranking.hours <= limits.budget_hours
    by_key = {option.key: option for option in options}
    chosen = [by_key[key] for key in keys(ranking.chosen)]
    assert ranking.value == pytest.approx(oracle_value(chosen), abs=0.001)


def test_rank_actions_does_not_depend_on_the_order_of_options():
    assert rank(OPTIONS) == rank(OPTIONS[::-1])


def test_plan_says_what_it_takes_away_together_from_each_source():
    together = rank(budget_hours=20.0).together

    assert together == (Together("time", 17.5, 16.75), Together("silos", 8.0, 0.0))


def test_option_names_the_other_sources_that_it_helps():
    by_key = {action.key: action for action in rank([S, P], budget_hours=40.0).chosen}

    assert (by_key["S"].aim.source, by_key["S"].aim.also) == ("silos", ("time",))
    assert by_key["P"].aim.also == ()


def test_prerequisites_come_first_and_their_weeks_count():
    after = make_option("A", silos=1.0, points=9.0, hours=1.0, prerequisites=frozenset({"P"}))

    ranking = rank([P, after])

    assert [(a.key, a.after, a.weeks_in_all) for a in ranking.chosen] == [
        ("P", (), 6),
        ("A", ("P",), 12),
    ]


def test_pinned_option_says_what_it_needs():
    alone = make_option("A", silos=1.0, prerequisites=frozenset({"gone"}))

    (action,) = rank([alone], pinned=frozenset({"A"})).chosen

    assert (action.needs, action.after, action.weeks_in_all) == (("gone",), (), 6)


def test_more_budget_never_lowers_the_value():
    values = [rank(budget_hours=float(hours)).value for hours in (8, 10, 18, 28, 35, 45, 60)]

    assert all(later >= 0.95 * earlier for earlier, later in pairwise(values))


def test_rank_actions_without_options_is_empty():
    ranking = rank([])

    assert replace(ranking, together=()) == Ranking()
    assert ranking.is_empty


def test_rank_actions_without_shown_sources_is_empty():
    ranking = rank_actions(np.empty((4, 0)), (), {}, {}, OPTIONS, make_limits())

    assert ranking.is_empty
    assert set(why_not(ranking).values()) == {Why.LESS_VALUE}


def test_nothing_above_target_gives_an_empty_plan():
    ranking = rank_actions(DRAWS - 60, SOURCES, TARGETS, IMPORTANCE, OPTIONS, make_limits())

    assert ranking.is_empty
    assert (ranking.value, ranking.hours) == (0.0, 0.0)


def test_harmful_option_is_never_chosen():
    harmful = make_option("H", time=1.0, points=-4.0, hours=1.0)

    ranking = rank([*OPTIONS, harmful])

    assert why_not(ranking)["H"] is Why.LESS_VALUE


def test_repeated_key_is_refused():
    with pytest.raises(ValueError, match="share a key"):
        rank([P, P])


def test_max_actions_limits_the_plan():
    assert [len(rank(max_actions=size).chosen) for size in (0, 1, 2, 3)] == [0, 1, 2, 3]


def test_hours_grow_with_members():
    option = make_option("P", time=1.0, points=12.0, hours=4.0, hours_per_member=0.5)

    assert rank([option], members=20).hours == 14.0


def test_near_best_prefers_fewer_hours():
    strong = make_option("strong", time=1.0, points=12.0, hours=20.0)
    cheap = make_option("cheap", time=1.0, points=11.8, hours=5.0)

    ranking = rank([strong, cheap], max_actions=1)

    assert keys(ranking.chosen) == ["cheap"]
    assert why_not(ranking) == {"strong": Why.MORE_HOURS}


def rank_time_or_silos(*, target, importance):
    """Either an action of 20 hours on time, the strongest source, or one of 5 on silos."""
    options = [
        make_option("time", time=1.0, points=5.0, hours=20.0),
        make_option("silos", silos=1.0, points=20.0, hours=5.0),
    ]
    weights = {"time": importance, "silos": 0.5}
    limits = make_limits(max_actions=1)
    return rank_actions(DRAWS, SOURCES, {**TARGETS, "time": target}, weights, options, limits)


def test_near_best_prefers_what_works_on_the_strongest_source():
    ranking = rank_time_or_silos(target=35.0, importance=0.78)

    assert keys(ranking.chosen) == ["time"]
    assert why_not(ranking) == {"silos": Why.STRONGEST}


def test_strongest_source_near_its_target_is_no_reason():
    ranking = rank_time_or_silos(target=57.0, importance=5.2)

    assert keys(ranking.chosen) == ["silos"]


def test_equal_option_of_equal_hours_overlaps():
    ranking = rank([P, replace(P, key="P2")], max_actions=1)

    assert keys(ranking.chosen) == ["P"]
    assert why_not(ranking) == {"P2": Why.OVERLAPS}


def test_overlap_is_told_apart_from_less_value():
    strong = make_option("strong", time=1.0, points=30.0, hours=10.0)
    other = make_option("other", silos=1.0, points=2.0, hours=10.0)
    twin = make_option("twin", time=1.0, points=16.0, hours=10.0)
    weak = make_option("weak", silos=1.0, points=1.0, hours=10.0)

    ranking = rank([strong, other, twin, weak], max_actions=2)

    assert sorted(keys(ranking.chosen)) == ["other", "strong"]
    assert why_not(ranking) == {"weak": Why.LESS_VALUE, "twin": Why.OVERLAPS}


@pytest.mark.parametrize(
    ("change", "fields", "why"),
    [
        ({}, {"tried": frozenset("P")}, Why.ALREADY_TRIED),
        ({}, {"done": frozenset("P")}, Why.ALREADY_TRIED),
        ({}, {"excluded": frozenset("P")}, Why.EXCLUDED),
        ({"does_harm": True, "points": -3.0}, {}, Why.DOES_HARM),
        ({"does_harm": True, "level": Level.DEPARTMENT}, {}, Why.DOES_HARM),
        ({"level": Level.DEPARTMENT}, {}, Why.HIGHER_LEVEL),
        ({"weeks": 27}, {}, Why.TOO_SLOW),
        ({"weeks": 6}, {"horizon_weeks": 5}, Why.TOO_SLOW),
        ({"hours_fixed": 31.0}, {}, Why.OVER_BUDGET),
        ({"prerequisites": frozenset({"unknown"})}, {}, Why.NEEDS_FIRST),
        ({"points": 0.0}, {}, Why.LESS_VALUE),
    ],
)
def test_each_obstacle_keeps_an_option_out(change, fields, why):
    option = replace(P, **change)

    ranking = rank([option], **fields)

    assert ranking.is_empty
    assert why_not(ranking) == {"P": why}


def test_limits_at_their_edge_are_kept():
    option = replace(P, weeks=26, hours_fixed=30.0, level=Level.DEPARTMENT)

    assert keys(rank([option], level=Level.DEPARTMENT).chosen) == ["P"]


def test_prerequisite_is_met_when_done():
    option = replace(P, prerequisites=frozenset({"before"}))

    assert keys(rank([option], done=frozenset({"before"})).chosen) == ["P"]


def test_prerequisite_is_met_in_the_same_plan():
    first = make_option("first", silos=0.1, points=0.5, hours=2.0)
    second = replace(P, prerequisites=frozenset({"first"}))

    ranking = rank([first, second])

    assert sorted(keys(ranking.chosen)) == ["P", "first"]


def test_prerequisite_that_does_not_fit_keeps_the_option_out():
    first = make_option("first", silos=0.1, points=0.5, hours=25.0)
    second = replace(P, prerequisites=frozenset({"first"}))

    ranking = rank([first, second])

    assert keys(ranking.chosen) == ["first"]
    assert why_not(ranking) == {"P": Why.OVER_BUDGET}


def test_option_that_would_replace_its_own_prerequisite_needs_it_first():
    first = make_option("first", silos=1.0, points=1.0, hours=2.0)
    second = make_option("second", time=1.0, points=2.0, hours=2.0, prerequisites={"first"})

    ranking = rank([first, second], max_actions=1)

    assert keys(ranking.chosen) == ["first"]
    (other,) = ranking.alternatives
    assert (other.why, other.needs) == (Why.NEEDS_FIRST, ("first",))


def test_alternative_never_replaces_what_another_action_needs():
    first = make_option("first", silos=0.1, points=0.5, hours=2.0)
    second = replace(P, points=18.0, prerequisites=frozenset({"first"}))
    third = make_option("third", silos=1.0, points=1.0, hours=2.0)

    ranking = rank([first, second, third], max_actions=2)

    (other,) = ranking.alternatives
    assert (other.key, other.instead_of) == ("third", "P")


def test_weeks_of_prerequisites_come_first():
    options = {
        "a": make_option("a", time=1.0, weeks=10),
        "b": make_option("b", time=1.0, weeks=10, prerequisites=frozenset({"a"})),
        "c": make_option("c", time=1.0, weeks=10, prerequisites=frozenset({"b"})),
    }

    weeks = [weeks_until(key, options, frozenset()) for key in "abc"]

    assert weeks == [10, 20, 30]
    assert weeks_until("c", options, frozenset({"b"})) == 10
    assert blocked(options.values(), make_limits()) == {"c": Why.TOO_SLOW}


def test_circle_of_prerequisites_is_out_of_reach():
    options = [
        make_option("a", time=1.0, prerequisites=frozenset({"b"})),
        make_option("b", time=1.0, prerequisites=frozenset({"a"})),
    ]

    assert blocked(options, make_limits()) == {"a": Why.NEEDS_FIRST, "b": Why.NEEDS_FIRST}


def test_pinned_action_stays_whatever_it_costs():
    ranking = rank(pinned=frozenset("S"), max_actions=2)

    assert "S" in keys(ranking.chosen)
    assert ranking.hours == 25.0
    assert [action.is_pinned for action in ranking.chosen] == [True]


def test_pinned_action_leaves_room_for_others():
    ranking = rank(pinned=frozenset("S"), budget_hours=60.0, max_actions=2)

    assert sorted(keys(ranking.chosen)) == ["P", "S"]


def test_pinned_action_meets_a_prerequisite():
    needs = replace(P, prerequisites=frozenset("Q"))

    ranking = rank([needs, Q], pinned=frozenset("Q"))

    assert sorted(keys(ranking.chosen)) == ["P", "Q"]


def test_requests_are_what_only_a_higher_level_can_start():
    upwards = replace(P, level=Level.ORGANISATION)
    again = replace(P, key="P2", points=11.0, level=Level.DEPARTMENT, hours_fixed=500.0)
    tried = replace(P, key="P3", level=Level.DEPARTMENT)

    ranking = rank([upwards, again, tried, Q], tried=frozenset({"P3"}))

    assert keys(ranking.chosen) == ["Q"]
    assert keys(ranking.requests) == ["P", "P2"]
    first, second = ranking.requests
    assert (first.value, first.aim.source, first.level) == (5.75, "time", Level.ORGANISATION)
    assert second.value == 2.75
    assert why_not(ranking)["P"] is Why.HIGHER_LEVEL


def test_requests_are_at_most_three_and_never_without_value():
    upwards = [make_option(f"o{i}", time=1.0, points=4.0, level=Level.DEPARTMENT) for i in range(9)]
    useless = make_option("zero", time=1.0, points=0.0, level=Level.DEPARTMENT)

    assert len(rank(upwards).requests) == 3
    assert rank([useless]).requests == ()


def test_source_that_is_not_shown_adds_nothing():
    hidden = replace(P, targets={"tooling": 1.0})

    ranking = rank([hidden, Q])

    assert keys(ranking.chosen) == ["Q"]
    (other,) = ranking.alternatives
    assert (other.aim.source, other.aim.severity, other.why) == ("tooling", 0.0, Why.LESS_VALUE)


def test_expected_removal_is_exact_for_many_draws():
    generator = np.random.default_rng(9)
    draws = generator.normal(45, 8, size=(4000, 1))
    severity = Severity(draws, ("time",), {"time": 35.0}, {"time": 1.0})
    take = np.array([0.0, 0.5, 3.0, 9.99, 25.0, 90.0])

    found = severity.removed(0, take)

    plain = [np.minimum(x, np.maximum(0, draws - 35)).mean() for x in take]
    assert found == pytest.approx(plain)
