import pytest

from resistance.catalogue import load_catalogue
from resistance.models import Source, Statement
from surveys.models import Form
from surveys.questionnaire import (
    NothingAsked,
    preview_questionnaire,
    questionnaire_for,
    statements_for,
)
from tests.factories import ask, make_assessment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _catalogue():
    load_catalogue()
    questionnaire_for.cache_clear()


@pytest.mark.parametrize(("form", "each"), [(Form.SHORT, 3), (Form.LONG, 4)])
def test_every_source_is_asked_equally_often(form, each):
    asked = preview_questionnaire(make_assessment(form=form))

    assert [len(part.questions) for part in asked.parts] == [each] * 11
    assert [part.source for part in asked.parts] == list(
        Source.objects.order_by("position").values_list("key", flat=True)
    )
    assert (len(asked.outcomes), len(asked.blockers), len(asked.open)) == (3, 11, 2)


@pytest.mark.parametrize("form", Form.values)
def test_rated_positions_have_no_gaps(form):
    asked = preview_questionnaire(make_assessment(form=form))

    assert [question.position for question in asked.rated] == list(range(len(asked.rated)))
    assert min(question.position for question in asked.open) == len(asked.rated)
    assert asked.rated_fields == tuple(f"s{number}" for number in range(len(asked.rated)))


def test_blockers_carry_one_bit_each_in_the_order_of_the_parts():
    asked = preview_questionnaire(make_assessment())

    assert [blocker.number for blocker in asked.blockers] == list(range(11))
    assert [b.source for b in asked.blockers] == [part.source for part in asked.parts]


def test_frozen_statements_stay_when_the_catalogue_goes_on():
    assessment = make_assessment()
    ask(assessment, statements_for(assessment.form))
    before = questionnaire_for(assessment.pk)
    questionnaire_for.cache_clear()
    old = Statement.objects.get(pk=before.rated[0].statement_id)
    Statement.objects.filter(pk=old.pk).update(in_short_form=False)

    after = questionnaire_for(assessment.pk)

    assert after == before
    assert preview_questionnaire(assessment) != before


def test_titles_of_parts_do_not_name_their_source():
    asked = preview_questionnaire(make_assessment())
    names = dict(Source.objects.values_list("key", "name_en"))

    assert [p.source for p in asked.parts if names[p.source] in p.titles["en"]] == []


def test_assessment_that_was_not_opened_asks_nothing():
    with pytest.raises(NothingAsked):
        questionnaire_for(make_assessment().pk)
    assert questionnaire_for.cache_info().currsize == 0
