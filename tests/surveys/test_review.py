"""The review of comments: what is released, changed or dropped, and what is left of it."""

import ast

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEntry
from surveys.models import Comment, CommentState, Readers, State
from surveys.review import Decisions, decide, names_in, take_back
from surveys.review_counts import ReviewCounts, counted_units, counts_of
from tests.factories import (
    make_assessment,
    make_comment,
    make_organisation,
    make_team,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    make_organisation()
    manager = make_user(email="manager@example.org")
    return make_unit(
        assessment=make_assessment(state=State.SCORED),
        teams=[make_team(name="Calls A", managers=(manager,))],
    )


@pytest.fixture
def reviewer():
    return make_user(is_reviewer=True, email="reviewer@example.org")


@pytest.fixture
def client(reviewer):
    client = Client()
    client.force_login(reviewer)
    return client


def page_of(unit):
    return reverse("surveys:comment_unit", args=[unit.pk])


def stored_text():
    """Everything the table of comments holds, as text."""
    return repr(list(Comment.objects.values_list()))


def test_changed_text_takes_the_place_of_the_original(unit, reviewer):
    comment = make_comment(
        unit=unit, text="Tom Reyes shouts, Ann knows.", names_found=["Ann", "Reyes", "Tom"]
    )

    released = decide(
        unit=unit,
        decisions=Decisions(redact={comment.pk: "Somebody shouts, Ann knows."}),
        by=reviewer,
    )

    comment.refresh_from_db()
    assert released == [comment.pk]
    assert (comment.text, comment.state) == ("Somebody shouts, Ann knows.", CommentState.RELEASED)
    assert (comment.is_redacted, comment.names_found) == (True, ["Ann"])
    assert "Reyes" not in stored_text()


def test_dropped_comment_leaves_only_its_being_counted(unit, reviewer):
    comment = make_comment(unit=unit, text="Zebra.", names_found=["Zebra"])

    released = decide(unit=unit, decisions=Decisions(drop=frozenset({comment.pk})), by=reviewer)

    assert released == []
    assert counts_of(unit) == ReviewCounts(dropped=1)
    assert "Zebra" not in stored_text()


def test_dropped_comment_cannot_keep_a_text(unit):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_comment(unit=unit, text="Kept.", state=CommentState.DROPPED)


def test_decisions_leave_alone_what_is_decided_already(unit, reviewer):
    done = make_comment(unit=unit, text="Done.", state=CommentState.RELEASED)

    decide(
        unit=unit,
        decisions=Decisions(drop=frozenset({done.pk}), redact={done.pk: "Other."}),
        by=reviewer,
    )

    done.refresh_from_db()
    assert (done.text, done.state) == ("Done.", CommentState.RELEASED)
    assert not AuditEntry.objects.exists()


def test_audit_counts_changes_apart_and_holds_no_text(unit, reviewer):
    changed, dropped = (make_comment(unit=unit, text=f"Zebra {n}.") for n in range(2))

    decide(
        unit=unit,
        decisions=Decisions(redact={changed.pk: "Quartz."}, drop=frozenset({dropped.pk})),
        by=reviewer,
    )

    entries = {entry.verb: entry.detail for entry in AuditEntry.objects.all()}
    assert entries == {
        "comments changed and released": {"number": 1},
        "comments dropped": {"number": 1},
    }
    assert "Zebra" not in str(list(AuditEntry.objects.values_list()))


def test_taking_back_brings_no_original_back(unit, reviewer):
    comment = make_comment(unit=unit, text="Zebra.")
    decide(unit=unit, decisions=Decisions(redact={comment.pk: "Animal."}), by=reviewer)

    count = take_back(unit=unit, ids=[comment.pk], by=reviewer)

    comment.refresh_from_db()
    assert count == 1
    assert (comment.text, comment.state) == ("Animal.", CommentState.REVIEW)
    assert counts_of(unit) == ReviewCounts(waiting=1)


def test_names_that_are_gone_from_a_text_are_not_kept():
    assert names_in("Ann and TOM.", ["Ann", "Anna", "Tom"]) == ["Ann", "Tom"]


def test_counts_add_up_to_what_came_in(unit, reviewer):
    first, second, third, _fourth = (make_comment(unit=unit) for _number in range(4))
    decisions = Decisions(
        release=frozenset({first.pk}), redact={second.pk: "New."}, drop=frozenset({third.pk})
    )
    decide(unit=unit, decisions=decisions, by=reviewer)

    [(found, counts)] = counted_units()

    assert found == unit
    assert counts == counts_of(unit) == ReviewCounts(waiting=1, released=1, redacted=1, dropped=1)
    assert counts.received == 4


# The pages


def test_page_suggests_the_text_without_what_is_marked(client, unit):
    make_comment(unit=unit, text="Tom said: t@example.org, 0451 7788.", names_found=["Tom"])

    page = client.get(page_of(unit)).text

    assert ">[…] said: […], […].</textarea>" in page


def test_page_changes_a_comment_after_a_second_look(client, unit):
    comment = make_comment(unit=unit, text="Tom is loud.")
    choice = {f"d-{comment.pk}": "redact", f"t-{comment.pk}": " Somebody \n is loud. "}

    looked = client.post(page_of(unit), choice)
    before = Comment.objects.get().text
    client.post(page_of(unit), {**choice, "confirm": "1"})

    assert "Somebody is loud." in looked.text
    assert before == "Tom is loud."
    assert Comment.objects.get().text == "Somebody is loud."


def test_page_takes_an_unchanged_text_as_released(client, unit):
    comment = make_comment(unit=unit, text="Fine as it is.")
    choice = {f"d-{comment.pk}": "redact", f"t-{comment.pk}": "Fine as it is.", "confirm": "1"}

    client.post(page_of(unit), choice)

    assert counts_of(unit) == ReviewCounts(released=1)


@pytest.mark.parametrize(
    ("choice", "text", "problem"),
    [
        ("redact", "  ", "Write what is left of it, or drop it."),
        ("redact", "x" * 2001, "at most 2000 characters"),
        ("release", "Something else.", "choose “Change and release” if that is meant"),
        ("publish", "", "Select a valid choice"),
    ],
)
def test_page_refuses_what_makes_no_sense(client, unit, choice, text, problem):
    comment = make_comment(unit=unit, text="As written.")
    posted = {f"d-{comment.pk}": choice, f"t-{comment.pk}": text, "confirm": "1"}

    response = client.post(page_of(unit), posted)

    assert problem in response.text
    assert counts_of(unit) == ReviewCounts(waiting=1)
    assert Comment.objects.get().text == "As written."


def test_page_keeps_what_was_typed_when_going_back(client, unit):
    comment = make_comment(unit=unit, text="As written.")
    posted = {f"d-{comment.pk}": "redact", f"t-{comment.pk}": "As changed.", "change": "1"}

    page = client.post(page_of(unit), posted).text

    assert ">As changed.</textarea>" in page
    assert 'value="redact" checked' in page


def test_dropped_comment_cannot_be_taken_back(client, unit):
    comment = make_comment(unit=unit)
    client.post(page_of(unit), {f"d-{comment.pk}": "drop", "confirm": "1"})

    client.post(reverse("surveys:comment_undo", args=[unit.pk]), {"comment": str(comment.pk)})

    assert counts_of(unit) == ReviewCounts(dropped=1)


def test_pages_of_the_reviewer_take_the_same_queries_for_one_comment_and_for_three(
    client, unit, django_assert_num_queries
):
    make_comment(unit=unit)
    client.get(page_of(unit))
    with CaptureQueriesContext(connection) as one:
        client.get(page_of(unit))
    for _number in range(2):
        make_comment(unit=unit)

    with django_assert_num_queries(len(one)):
        client.get(page_of(unit))


def results_for(unit, user):
    client = Client()
    client.force_login(user)
    return client.get(unit.get_absolute_url()).text


def test_results_say_what_the_review_did_to_hr_and_manager_alike(unit, reviewer):
    kept, changed, dropped, _waits = (
        make_comment(unit=unit, text=f"Zebra {n}.", readers=Readers.HR) for n in range(4)
    )
    decisions = Decisions(
        release=frozenset({kept.pk}),
        redact={changed.pk: "Animal."},
        drop=frozenset({dropped.pk}),
    )
    decide(unit=unit, decisions=decisions, by=reviewer)

    hr = results_for(unit, make_user(is_hr=True))
    manager = results_for(unit, unit.teams.get().managers.get())

    line = (
        "Released as written: 1, released after a change: 1, dropped: 1, still to be reviewed: 1."
    )
    assert line in hr
    assert line in manager
    assert "Animal. <span" in hr
    assert "(changed by the reviewer)" in hr
    assert [word for word in ("Zebra", "Animal") if word in manager] == []


READERS_OF_COMMENTS = {
    "demonstration/story.py",
    "plans/standstill.py",
    "surveys/findings.py",
    "surveys/models/__init__.py",  # hands the model on
    "surveys/results.py",
    "surveys/review.py",
    "surveys/review_counts.py",
}


def test_comments_are_read_in_known_places_only():
    """Each of them writes, reviews, counts, or asks `visible_to`."""
    found = set()
    for path in settings.BASE_DIR.rglob("*.py"):
        parts = path.relative_to(settings.BASE_DIR).parts
        if parts[0].startswith(".") or parts[0] in {"tests", "bench"} or "migrations" in parts:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {node.name for node in ast.walk(tree) if isinstance(node, ast.alias)}
        if "Comment" in names:
            found.add("/".join(parts))

    assert found == READERS_OF_COMMENTS
