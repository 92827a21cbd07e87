"""The shipped catalogue is complete, and its loader is careful."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from resistance.catalogue import (
    CatalogueError,
    LoadResult,
    StatementSupersededError,
    load_catalogue,
    supersede_statement,
)
from resistance.catalogue_file import CATALOGUE, family_names, read_catalogue
from resistance.models import Category, Source, Statement, StatementKind, Strategy
from tests.factories import NOW

DATA = read_catalogue()
SOURCES = [
    "understanding",
    "attitudes",
    "complacency",
    "leadership",
    "silos",
    "fear_of_change",
    "job_loss",
    "mistakes",
    "tooling",
    "training",
    "time",
]
FAMILIES = [
    "benefits",
    "training",
    "lead_by_example",
    "recognition",
    "feedback",
    "improvement",
    "coaching",
    "collaboration",
    "human_service",
    "experiments",
    "tools",
]
ENTRIES = 11 + 51 + 53


@pytest.fixture
def write(tmp_path):
    """Writes the shipped file anew after `change(data)`, and gives its path."""

    def write_changed(change):
        data = json.loads(CATALOGUE.read_text(encoding="utf-8"))
        change(data)
        path = tmp_path / "catalogue.json"
        path.write_text(json.dumps(data), encoding="utf-8")
        return path

    return write_changed


def entry(data, section, key):
    name = "code" if section == "statements" else "key"
    return next(found for found in data[section] if found[name] == key)


def reword(text):
    return lambda data: entry(data, "statements", "time-1").update(text_en=text)


# The shipped file


def test_sources_are_the_eleven_in_four_categories():
    assert [source["key"] for source in DATA["sources"]] == SOURCES
    assert {source["category"] for source in DATA["sources"]} == set(Category.values)
    assert [category["key"] for category in DATA["categories"]] == Category.values
    assert [category["name_en"] for category in DATA["categories"]] == Category.labels


@pytest.mark.parametrize("source", SOURCES)
def test_source_is_asked_and_can_be_chosen_as_a_blocker(source):
    shipped = entry(DATA, "sources", source)
    short = [s for s in DATA["statements"] if s["source"] == source and s["in_short_form"]]

    assert len(short) >= 3
    assert shipped["blocker_en"]
    assert shipped["blocker_de"]


@pytest.mark.parametrize("source", SOURCES)
def test_source_leads_to_strategies_and_one_that_a_team_may_start(source):
    own = [s for s in DATA["strategies"] if s["targets"].get(source) == 1]

    assert len(own) >= 4
    assert any(s["owner_level"] == "TEAM" and not s["prerequisites"] for s in own)


@pytest.mark.parametrize("family", FAMILIES)
def test_family_has_a_name_and_strategies(family):
    shipped = entry(DATA, "families", family)

    assert shipped["name_en"]
    assert shipped["name_de"] != shipped["name_en"]
    assert any(family in strategy["families"] for strategy in DATA["strategies"])


def test_families_are_the_eleven():
    assert list(family_names("en")) == list(family_names("de")) == FAMILIES


@pytest.mark.parametrize("strategy", DATA["strategies"], ids=lambda strategy: strategy["key"])
def test_strategy_is_complete_in_both_languages(strategy):
    for language in ("en", "de"):
        assert len(strategy[f"steps_{language}"]) == len(set(strategy[f"steps_{language}"])) == 3
        for field in ("name", "summary", "owner_hint", "leading_indicator"):
            assert strategy[f"{field}_{language}"].strip()
    assert strategy["name_en"] != strategy["name_de"]


@pytest.mark.parametrize("strategy", DATA["strategies"], ids=lambda strategy: strategy["key"])
def test_strategy_has_sensible_numbers(strategy):
    beside = [weight for weight in strategy["targets"].values() if weight != 1]

    assert len(beside) <= 2
    assert all(0.2 <= weight <= 0.6 for weight in beside)
    assert 5 <= strategy["hours_fixed"] + 10 * strategy["hours_per_member"] <= 60
    assert 3 <= strategy["weeks_to_effect"] <= 12
    assert -6 <= strategy["prior_points"] <= -2


@pytest.mark.parametrize("strategy", DATA["strategies"], ids=lambda strategy: strategy["key"])
def test_strategy_names_its_evidence_unless_it_is_practice(strategy):
    assert bool(strategy["evidence"]) == (strategy["evidence_grade"] != "D")


# The loader


def test_loading_creates_everything(db):
    result = load_catalogue()

    assert result == LoadResult(created=ENTRIES)
    assert (Source.objects.count(), Statement.objects.count(), Strategy.objects.count()) == (
        11,
        51,
        53,
    )
    assert Statement.objects.filter(kind=StatementKind.SOURCE).count() == 44
    wanted = entry(DATA, "strategies", "JOB3")
    loaded = Strategy.objects.get(pk="JOB3")
    targets = dict(loaded.targets.values_list("source_id", "weight"))
    assert targets == wanted["targets"]
    assert [needed.pk for needed in loaded.prerequisites.all()] == ["JOB2"]
    assert loaded.steps_de == wanted["steps_de"]


def test_loading_again_changes_nothing(db):
    load_catalogue()
    Statement.objects.update(used_at=NOW)
    before = list(Statement.objects.order_by("pk").values())

    result = load_catalogue()

    assert result == LoadResult(unchanged=ENTRIES)
    assert list(Statement.objects.order_by("pk").values()) == before


def test_changed_text_of_a_used_statement_makes_a_new_version(db, write):
    load_catalogue()
    Statement.objects.filter(code="time-1").update(used_at=NOW)
    old = Statement.objects.filter(code="time-1").values().get()

    result = load_catalogue(write(reword("My day is full already.")))

    new = Statement.objects.current().get(code="time-1")
    assert result == LoadResult(superseded=1, unchanged=ENTRIES - 1)
    assert (new.version, new.text_en, new.used_at) == (2, "My day is full already.", None)
    assert (new.source_id, new.position) == (old["source_id"], old["position"])
    kept = Statement.objects.filter(pk=old["id"]).values().get()
    assert kept == {**old, "superseded_by_id": new.pk}


def test_changed_text_of_an_unused_statement_is_updated_in_place(db, write):
    load_catalogue()

    result = load_catalogue(write(reword("My day is full already.")))

    assert result == LoadResult(updated=1, unchanged=ENTRIES - 1)
    assert Statement.objects.get(code="time-1").text_en == "My day is full already."


def test_moving_a_used_statement_makes_no_new_version(db, write):
    load_catalogue()
    Statement.objects.update(used_at=NOW)
    path = write(lambda data: entry(data, "statements", "time-1").update(in_short_form=False))

    result = load_catalogue(path)

    assert result == LoadResult(updated=1, unchanged=ENTRIES - 1)
    assert Statement.objects.get(code="time-1").in_short_form is False


def test_loading_leaves_alone_what_an_administrator_edited(db, write):
    load_catalogue()
    Source.objects.filter(pk="time").update(name_en="Hours", edited_at=NOW)
    Strategy.objects.filter(pk="TIM2").update(name_en="Slots", edited_at=NOW)
    Strategy.objects.get(pk="TIM2").targets.exclude(source="time").delete()
    Statement.objects.filter(code="time-1").update(text_en="Full.", edited_at=NOW, used_at=NOW)

    result = load_catalogue(write(reword("My day is full already.")))

    assert result == LoadResult(unchanged=ENTRIES)
    assert Source.objects.get(pk="time").name_en == "Hours"
    assert Strategy.objects.get(pk="TIM2").name_en == "Slots"
    assert Strategy.objects.get(pk="TIM2").targets.count() == 1
    assert Statement.objects.get(code="time-1").text_en == "Full."


def test_loading_updates_texts_and_targets_that_nobody_edited(db, write):
    load_catalogue()

    def change(data):
        entry(data, "sources", "time")["name_de"] = "Zeitmangel"
        entry(data, "strategies", "TIM1")["name_de"] = "Weglassen"
        entry(data, "strategies", "TIM2")["targets"] = {"time": 1.0, "silos": 0.5}
        entry(data, "strategies", "TIM3")["prerequisites"] = ["TIM1"]

    result = load_catalogue(write(change))

    assert result == LoadResult(updated=4, unchanged=ENTRIES - 4)
    assert Source.objects.get(pk="time").name_de == "Zeitmangel"
    targets = Strategy.objects.get(pk="TIM2").targets.values_list("source_id", "weight")
    assert dict(targets) == {"time": 1.0, "silos": 0.5}
    assert Strategy.objects.get(pk="TIM3").prerequisites.get().pk == "TIM1"


def test_superseding_twice_is_refused(db):
    load_catalogue()
    statement = Statement.objects.get(code="time-1")
    supersede_statement(statement, text_en="Once.")

    with pytest.raises(StatementSupersededError):
        supersede_statement(statement, text_en="Twice.")

    assert Statement.objects.filter(code="time-1").count() == 2


def test_loading_a_faulty_file_changes_nothing(db, write):
    path = write(lambda data: entry(data, "strategies", "TIM4").update(name_en="x" * 200))

    with pytest.raises(CatalogueError, match=r"strategy TIM4: name_en: .*120"):
        load_catalogue(path)

    assert not Source.objects.exists()


def remove_steps(data):
    entry(data, "strategies", "TIM1")["steps_de"].pop()


def make_circle(data):
    entry(data, "strategies", "JOB2")["prerequisites"] = ["JOB3"]


def repeat_source(data):
    data["sources"].append(data["sources"][0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("families"), "must hold exactly"),
        (lambda d: entry(d, "sources", "time").pop("blocker_de"), "time lacks blocker_de"),
        (lambda d: entry(d, "sources", "time").update(nme="x"), "time has unknown nme"),
        (lambda d: entry(d, "statements", "time-1").update(source="tim"), "time-1 has a wrong"),
        (lambda d: entry(d, "statements", "open-helps").update(source="time"), "open-helps has a"),
        (lambda d: entry(d, "strategies", "TIM1").update(families=["x"]), "TIM1 has unknown fam"),
        (lambda d: entry(d, "strategies", "TIM1").update(families=[]), "TIM1 belongs to no family"),
        (lambda d: entry(d, "strategies", "TIM1").update(targets={"time": 0.5}), "weight 1"),
        (lambda d: entry(d, "strategies", "TIM1").update(prerequisites=["X"]), "TIM1 has unknown"),
        (remove_steps, "TIM1 needs 3 steps_de"),
        (make_circle, "circle: JOB"),
        (repeat_source, "understanding stands there twice"),
    ],
)
def test_reading_names_the_entry_at_fault(write, change, message):
    path = write(change)

    with pytest.raises(CatalogueError, match=message):
        read_catalogue(path)


def test_reading_refuses_what_is_not_json(tmp_path):
    path = tmp_path / "catalogue.json"
    path.write_text("{", encoding="utf-8")

    with pytest.raises(CatalogueError, match=r"catalogue\.json cannot be read"):
        read_catalogue(path)


def test_command_prints_one_line(db):
    out = StringIO()

    call_command("load_catalogue", stdout=out)

    assert out.getvalue() == "Catalogue: 115 created, 0 updated, 0 superseded, 0 unchanged.\n"


def test_command_explains_a_file_it_cannot_use(db):
    with pytest.raises(CommandError, match=r"Catalogue not loaded: none\.json cannot be read"):
        call_command("load_catalogue", "none.json")


# Its page of docs


def test_docs_table_equals_the_shipped_statements():
    page = Path(__file__).parents[2] / "docs" / "statements.md"
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if line[:3] == "| `"]

    assert rows == [docs_row(statement) for statement in DATA["statements"]]


def docs_row(statement):
    form = "short" if statement["in_short_form"] else "long"
    asset = "asset" if statement["is_asset"] else "–"
    cells = [f"`{statement['code']}`", statement["facet"], statement["text_en"]]
    return f"| {' | '.join([*cells, statement['text_de'], asset, form])} |"
