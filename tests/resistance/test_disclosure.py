"""The gate on worked examples, at its edges, and against an insider who tries every world."""

from collections import defaultdict
from itertools import combinations_with_replacement

import numpy as np
import pytest

from bench.oracle.companies import groups_below, random_answers, random_company, walk
from resistance.disclosure import (
    Answers,
    Band,
    Before,
    Exact,
    Index,
    Item,
    Node,
    Reason,
    Suppressed,
    Thresholds,
    hang_groups,
    merge_groups,
    pooled,
    protect,
)
from resistance.shown import Reading

ONE = (Item("one"),)
THREE = (Item("a1", "a"), Item("a2", "a"), Item("a3", "a", is_asset=True))
LIMITS = Thresholds()


def company(*departments: tuple[int, ...]) -> Node:
    """An organisation of departments; each team is its group's number."""
    return Node(
        "org",
        tuple(
            Node(f"d{number}", tuple(Node(f"t{group}", (), (group,)) for group in groups))
            for number, groups in enumerate(departments)
        ),
    )


def answers(columns: dict[int, list[list[int]]]) -> Answers:
    """Rows of answers by group."""
    rows = [row for group in columns.values() for row in group]
    groups = [group for group, part in columns.items() for _ in part]
    width = len(rows[0]) if rows else 1
    values = np.array(rows, dtype=np.uint8).reshape(len(rows), width)
    return Answers(values, np.array(groups, dtype=np.int64))


def single(columns: dict[int, list[int]]) -> Answers:
    return answers({group: [[value] for value in part] for group, part in columns.items()})


def units_by_groups(protected) -> dict[frozenset[int], object]:
    return {unit.groups: unit for unit in protected.units}


MIXED = [1, 2, 2, 3, 3, 4, 4, 5, 5, 5]
CENTRED = [1, 2, 2, 3, 3, 3, 3, 4, 4, 5]


def test_partition_lets_small_teams_join_the_smallest_cell_of_their_department():
    tree = company((1, 2, 3), (4, 5))
    given = single({1: MIXED, 2: MIXED[:7], 3: [3, 3], 4: MIXED, 5: MIXED})

    protected = protect(tree, ONE, given, LIMITS)

    assert [(unit.key, unit.node, unit.at, unit.parent, unit.n) for unit in protected.units] == [
        ("org", "org", "org", None, 39),
        ("d0", "d0", "d0", "org", 19),
        ("d0:2+3", None, "d0", "d0", None),
        ("t1", "t1", "t1", "d0", 10),
        ("d1", "d1", "d1", "org", 20),
        ("t4", "t4", "t4", "d1", 10),
        ("t5", "t5", "t5", "d1", 10),
    ]
    assert protected.unit_of_group == {1: "t1", 2: "d0:2+3", 3: "d0:2+3", 4: "t4", 5: "t5"}
    assert protected.unit_of_node["t3"] == "d0:2+3"
    assert protected.unit_of_node["d0"] == "d0"


def test_small_teams_become_a_cell_of_their_own_when_they_are_enough_together():
    tree = company((1, 2, 3))
    given = single({1: MIXED, 2: [1, 3, 5], 3: [2, 4, 4]})

    protected = protect(tree, ONE, given, LIMITS)

    assert {unit.key for unit in protected.units if unit.is_cell} == {"t1", "d0:2+3"}


def test_department_of_too_few_outgrows_another_that_is_then_not_reported():
    tree = company((1, 2), (3, 4))
    given = single({1: MIXED, 2: MIXED[:6], 3: [3, 3], 4: [4]})

    protected = protect(tree, ONE, given, LIMITS)

    assert {unit.key for unit in protected.units} == {"org", "t1", "org:2+3+4"}
    assert protected.unit_of_node["d1"] == "org:2+3+4"
    assert protected.unit_of_node["d0"] == "org"


def test_node_that_lost_people_to_a_group_elsewhere_is_not_reported():
    tree = Node(
        "org",
        (
            Node("d0", (Node("t1", (), (1,)), Node("t2", whole=False)), whole=False),
            Node("d1", (Node("t3", (), (3,)),)),
        ),
        (2,),
    )
    given = single({1: MIXED, 2: MIXED, 3: MIXED})

    protected = protect(tree, ONE, given, LIMITS)

    assert [unit.key for unit in protected.units] == ["org", "org:2", "t1", "t3"]
    assert protected.unit_of_node == {
        "org": "org", "d0": "t1", "t1": "t1", "t2": "org", "d1": "t3", "t3": "t3",
    }  # fmt: skip


def test_group_without_ballots_belongs_to_the_unit_around_it():
    tree = company((1, 2))

    protected = protect(tree, ONE, single({1: MIXED}), LIMITS)

    assert [(unit.key, unit.n, unit.is_cell) for unit in protected.units] == [
        ("org", 10, False),
        ("t1", 10, True),
    ]
    assert protected.unit_of_group == {1: "t1", 2: "org"}
    assert protected.comment_unit_of == {1: "t1"}


@pytest.mark.parametrize("few", [0, 1, 4])
def test_nothing_is_shown_below_five_answers_in_all(few):
    given = single({1: [3] * few})

    protected = protect(company((1,)), ONE, given, LIMITS)

    assert protected.nothing_shown
    assert (protected.units, protected.unit_of_group) == ((), {})


def test_ten_mixed_answers_are_counted_out():
    protected = protect(company((1,)), ONE, single({1: MIXED}), LIMITS)

    assert protected.units[0].items == {"one": Exact(10, 3.4, (1, 2, 2, 2, 3))}


@pytest.mark.parametrize(
    ("values", "band"),
    [([1, 2, 2, 3, 4], "low"), ([2, 2, 3, 3, 3], "mixed"), ([3, 3, 4, 4, 4], "high")],
)
def test_five_answers_show_a_band_and_no_count(values, band):
    unit = protect(company((1,)), ONE, single({1: values}), LIMITS).units[0]

    assert unit.n is None
    assert unit.items == {"one": Band(band, Reason.FEW)}


def test_answers_that_are_all_the_same_are_not_counted_out():
    unit = protect(company((1,)), ONE, single({1: [5] * 30}), LIMITS).units[0]

    assert unit.items == {"one": Band("high", Reason.ALIKE)}


def test_everything_missing_shows_units_without_values():
    given = answers({1: [[0, 0, 0]] * 12})

    unit = protect(company((1,)), THREE, given, LIMITS).units[0]

    assert unit.n == 12
    assert set(unit.items.values()) == {Suppressed(Reason.FEW)}
    assert unit.sources == {"a": Suppressed(Reason.FEW)}


def test_statement_that_a_cell_skipped_is_shown_for_a_larger_unit_only():
    given = single({1: [*MIXED[:4], 0], 2: MIXED, 3: MIXED})

    protected = protect(company((1, 2), (3,)), ONE, given, LIMITS)

    shown = {unit.key: type(unit.items["one"]) for unit in protected.units}
    assert shown == {"org": Exact, "d0": Exact, "t1": Suppressed, "t2": Suppressed, "t3": Exact}


def test_sibling_of_a_team_that_agrees_throughout_is_not_shown_beside_its_parent():
    given = single({1: MIXED, 2: [5, 5, 5, 5, 5, 4]})

    protected = protect(company((1, 2), ()), ONE, given, LIMITS)

    shown = {unit.key: unit.items["one"] for unit in protected.units}
    assert shown == {
        "org": Exact(16, 3.9, (1, 2, 2, 3, 8)),
        "t1": Suppressed(Reason.REVEALING),
        "t2": Suppressed(Reason.REVEALING),
    }


def test_index_of_five_answers_is_rounded_and_end_coded():
    low, high, middle = [[1, 1, 5]] * 5, [[5, 5, 1]] * 5, [[3, 2, 3]] * 3 + [[4, 2, 3]] * 2

    found = [
        protect(company((1,)), THREE, answers({1: rows}), LIMITS).units[0].sources["a"]
        for rows in (low, high, middle)
    ]

    assert found == [
        Index(30, None, rounded=True, end=-1),
        Index(70, None, rounded=True, end=1),
        Index(45, None, rounded=True),
    ]


@pytest.mark.parametrize(("n", "code"), [(5, 70), (6, 75), (7, 80), (8, 80), (9, 85)])
def test_end_codes_follow_the_number_of_answers(n, code):
    given = answers({1: [[5, 5, 1]] * n})

    unit = protect(company((1,)), THREE, given, LIMITS).units[0]

    assert unit.sources["a"] == Index(code, None, rounded=True, end=1)


def test_index_of_ten_answers_is_whole_and_counts_assets_the_other_way():
    rows = [[value, value, 6 - value] for value in MIXED]

    unit = protect(company((1,)), THREE, answers({1: rows}), LIMITS).units[0]

    assert unit.sources["a"] == Index(60, 10, rounded=False)


def test_index_needs_all_its_statements():
    rows = [[value, value, 0] for value in MIXED]

    unit = protect(company((1,)), THREE, answers({1: rows}), LIMITS).units[0]

    assert unit.sources == {"a": Suppressed(Reason.FEW)}


def test_index_is_not_whole_when_it_would_give_away_a_statement():
    rows = [[value, 6 - value, 1] for value in MIXED]

    unit = protect(company((1,)), THREE, answers({1: rows}), LIMITS).units[0]

    assert unit.items["a3"] == Band("low", Reason.ALIKE)
    assert unit.sources["a"] == Suppressed(Reason.REVEALING)


def test_half_of_the_statements_are_enough_for_a_person():
    rows = [[value, value, 0 if n < 2 else 6 - value] for n, value in enumerate([*MIXED, 3, 3])]
    rows.append([0, 0, 3])

    unit = protect(company((1,)), THREE, answers({1: rows}), LIMITS).units[0]

    assert unit.n == 13
    assert unit.sources["a"].n == 12


def test_unit_of_almost_the_same_people_as_before_shows_nothing_exact():
    tree, given = company((1, 2)), answers({1: [[v, v, 6 - v] for v in CENTRED] * 2})

    protected = protect(tree, THREE, given, LIMITS, before=lambda groups: Before(groups == {1}))

    team, whole = protected.by_key["t1"], protected.by_key["org"]
    assert set(team.items.values()) == {Band("mixed", Reason.EARLIER)}
    assert team.sources["a"] == Index(50, 20, rounded=True)
    assert whole.sources["a"] == Index(50, 20, rounded=False)


@pytest.mark.parametrize(("low", "is_shown"), [(49.5, True), (54.5, False)])
def test_index_that_would_tell_what_the_one_who_left_scored_is_not_shown(low, is_shown):
    given = answers({1: [[v, v, 6 - v] for v in CENTRED] * 2})
    changed = Before(True, readings={"a": (Reading(21, low, low + 1, gone=1, come=0),)})

    unit = protect(company((1,)), THREE, given, LIMITS, before=lambda _groups: changed).units[0]

    assert isinstance(unit.sources["a"], Index) == is_shown
    assert set(unit.items.values()) == {Band("mixed", Reason.EARLIER)}


def test_comments_of_small_cells_are_released_further_up_and_once():
    tree = company((1, 2), (3, 4))
    given = single({1: MIXED, 2: MIXED[:6], 3: MIXED[:6], 4: MIXED[:7]})

    protected = protect(tree, ONE, given, LIMITS)

    assert protected.comment_unit_of == {1: "d0", 2: "d0", 3: "d1", 4: "d1"}
    assert {unit.key for unit in protected.units if unit.comments_here} == {"d0", "d1"}


def test_comments_are_not_released_below_ten_ballots():
    protected = protect(company((1,)), ONE, single({1: MIXED[:9]}), LIMITS)

    assert protected.comment_unit_of == {}
    assert not protected.units[0].comments_here


def test_raised_thresholds_hide_more():
    limits = Thresholds(score=8, exact=15, comment=20)
    given = single({1: MIXED, 2: MIXED[:7]})

    protected = protect(company((1, 2)), ONE, given, limits)

    assert [(u.key, u.n, type(u.items["one"])) for u in protected.units] == [("org", 17, Exact)]


@pytest.mark.parametrize("lowered", [{"score": 4}, {"exact": 9}, {"comment": 9}])
def test_thresholds_cannot_be_lowered(lowered):
    with pytest.raises(ValueError, match="never lowered"):
        Thresholds(**lowered)


def test_ballot_of_an_unknown_group_is_refused():
    with pytest.raises(ValueError, match="not in the tree"):
        protect(company((1,)), ONE, single({2: MIXED}), LIMITS)


def test_answer_outside_the_scale_is_refused():
    with pytest.raises(ValueError, match="1 to 5"):
        protect(company((1,)), ONE, single({1: [6]}), LIMITS)


def test_group_that_hangs_twice_is_refused():
    tree = Node("org", (Node("t1", (), (1,)), Node("t2", (), (1,))))

    with pytest.raises(ValueError, match="twice"):
        protect(tree, ONE, single({1: MIXED}), LIMITS)


def test_results_do_not_depend_on_the_order_of_ballots():
    rng = np.random.default_rng(3)
    tree, group = random_company(rng, 200)
    given = random_answers(rng, group, 3, 1.2)
    order = rng.permutation(len(given.group))
    other = Answers(given.values[order], given.group[order])

    first, second = (protect(tree, THREE, part, LIMITS) for part in (given, other))

    assert first == second
    assert pooled(given, THREE, first) == pooled(other, THREE, second)


@pytest.mark.parametrize("seed", range(12))
def test_units_are_unions_of_disjoint_cells_of_at_least_five(seed):
    rng = np.random.default_rng(seed)
    tree, group = random_company(rng, 150)
    given = random_answers(rng, group, 1, 1.0, response=0.5)
    people = dict(zip(*np.unique(given.group, return_counts=True), strict=True))

    protected = protect(tree, ONE, given, LIMITS)

    cells = [unit.groups & people.keys() for unit in protected.units if unit.is_cell]
    assert sum(len(cell) for cell in cells) == len(people) == len(frozenset().union(*cells))
    assert min(sum(people[group] for group in cell) for cell in cells) >= LIMITS.score
    for unit in protected.units:
        inside = [cell for cell in cells if cell & unit.groups]
        assert frozenset().union(*inside) == unit.groups & people.keys()
    for node in walk(tree):
        below = frozenset(groups_below(node))
        unit = protected.by_key[protected.unit_of_node[node.key]]
        assert below & people.keys() <= unit.groups


@pytest.mark.parametrize("seed", range(8))
def test_gate_settles_any_answers_and_keeps_the_minimum(seed):
    rng = np.random.default_rng(seed)
    tree, group = random_company(rng, 250)
    given = random_answers(rng, group, 3, 0.2 + 0.3 * (seed % 3))
    given.values[rng.random(given.values.shape) < 0.1 * (seed % 4)] = 0

    protected = protect(tree, THREE, given, LIMITS)

    for unit in protected.units:
        rows = given.values[np.isin(given.group, sorted(unit.groups))]
        for column, item in enumerate(THREE):
            n = int((rows[:, column] > 0).sum())
            result = unit.items[item.key]
            least = 10 if isinstance(result, Exact) else 5 if isinstance(result, Band) else 0
            assert n >= least
            if isinstance(result, Exact):
                assert result.counts == tuple(np.bincount(rows[:, column], minlength=6)[1:6])
        if isinstance(unit.sources["a"], Index):
            assert not any(isinstance(result, Suppressed) for result in unit.items.values())


def test_change_within_one_rounding_step_changes_nothing_at_all():
    tree = company((1, 2), (3, 4))
    rng = np.random.default_rng(5)
    base = random_answers(rng, np.repeat([3, 4], 30), 3, 1.2, response=1.0)
    rows = {1: [[2, 3, 4], [3, 3, 3], [4, 4, 2], [2, 2, 4], [3, 4, 3], [1, 2, 3]],
            2: [[3, 2, 3], [4, 4, 2], [3, 3, 3], [2, 1, 3], [5, 4, 3], [3, 3, 2]]}  # fmt: skip
    changed = {1: [[3, 3, 4], *rows[1][1:]], 2: [[2, 2, 3], *rows[2][1:]]}
    before, after = (
        Answers(
            np.concatenate([answers(part).values, base.values]),
            np.concatenate([answers(part).group, base.group]),
        )
        for part in (rows, changed)
    )

    shown = [protect(tree, THREE, given, LIMITS) for given in (before, after)]
    figures = [pooled(g, THREE, s) for g, s in zip((before, after), shown, strict=True)]

    assert not np.array_equal(before.values, after.values)
    assert isinstance(shown[0].by_key["t1"].sources["a"], Index)
    assert isinstance(shown[0].by_key["d0"].items["a1"], Exact)
    assert figures[0]["a"].variance is not None
    assert repr(shown[0]) == repr(shown[1])
    assert repr(figures[0]) == repr(figures[1])


def test_pooled_figures_of_a_worked_example():
    rows = [[value, value, 6 - value] for value in MIXED]
    given = answers({1: rows, 2: rows, 3: rows[:7]})
    protected = protect(company((1, 2, 3)), THREE, given, LIMITS)

    found = pooled(given, THREE, protected)["a"]

    variance = float(np.var(25.0 * (np.array(MIXED) - 1), ddof=1))
    assert (found.units, found.people) == (2, 20)
    assert found.variance == round(variance, 1)
    assert (found.alpha, found.inter_item_r) == (1.0, 1.0)


def test_pooled_figures_are_absent_with_a_single_large_cell():
    given = answers({1: [[value, value, 6 - value] for value in MIXED * 3]})
    protected = protect(company((1,)), THREE, given, LIMITS)

    found = pooled(given, THREE, protected)["a"]

    assert (found.variance, found.alpha, found.inter_item_r) == (None, None, None)


@pytest.mark.parametrize("n", [5, 6, 7, 8, 10])
def test_insider_who_tries_every_world_never_knows_a_colleagues_side(n):
    tree, items = company((1,)), (Item("one", "a"),)
    worlds = defaultdict(list)
    for values in combinations_with_replacement(range(1, 6), n):
        unit = protect(tree, items, single({1: list(values)}), LIMITS).units[0]
        worlds[repr((unit.n, unit.items, unit.sources))].append(values)

    certain = [
        (values, own)
        for possible in worlds.values()
        for own in range(1, 6)
        for values in [[world for world in possible if own in world]]
        if values and len(set.union(*(colleagues_sides(world, own) for world in values))) == 1
    ]

    assert len(worlds) > 2
    assert certain == []


def colleagues_sides(world: tuple[int, ...], own: int) -> set[str]:
    others = list(world)
    others.remove(own)
    return {"disagree" if v < 3 else "neutral" if v == 3 else "agree" for v in others}


def test_small_teams_are_merged_before_opening():
    tree = company((1, 2, 3), (4,))
    invited = {"t1": 9, "t2": 5, "t3": 4, "t4": 3, "d1": 6, "org": 1}

    groups = merge_groups(tree, invited)

    assert groups == [
        frozenset({"org", "d1", "t4"}),
        frozenset({"t1"}),
        frozenset({"t2", "t3"}),
    ]


def test_merged_groups_hang_at_the_smallest_node_that_holds_them():
    tree = company((1, 2), (3,))

    hung = hang_groups(tree, [frozenset({"t1"}), frozenset({"t2", "t3"})])

    assert hung == Node(
        "org",
        (
            Node("d0", (Node("t1", (), (0,)), Node("t2", whole=False)), whole=False),
            Node("d1", (Node("t3", whole=False),), whole=False),
        ),
        (1,),
    )


def test_merging_everybody_below_the_minimum_yields_no_group():
    assert merge_groups(company((1, 2)), {"t1": 3, "t2": 4}) == []


def test_merging_refuses_a_team_that_is_not_in_the_tree():
    with pytest.raises(ValueError, match="t9"):
        merge_groups(company((1,)), {"t9": 8})
