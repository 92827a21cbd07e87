"""What has happened at Harbour Retail: an assessment scored a month ago, one open now, and plans.

Everything goes through the product's own code; only the clock is set back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.utils import timezone, translation

from accounts.models import Person, User
from demonstration import company
from demonstration.answers import NOW as SEASON_NOW
from demonstration.answers import Season, cast_answers
from demonstration.company import TeamPlan
from demonstration.people import Staff
from plans import asking, drafting, measuring, planning, running
from plans.models import Action, Plan, Recommendation, RecommendationState
from surveys import closing, lifecycle, opening, participation
from surveys.models import Assessment, Comment, CommentState, Form, Readers
from surveys.tally import run_tally

NAMESPACE = UUID("5c7f2a4e-3d1b-4c55-9a63-0f8e4f1d2b6a")
#: days before today at which things happened
OPENED, ANSWERED, CLOSED = 47, 42, 33
OPEN_NOW_SINCE, OPEN_NOW_UNTIL = 4, 10


def all_teams() -> list[TeamPlan]:
    return [plan for _head, plans in company.DEPARTMENTS.values() for plan in plans]


def run_first_assessment(staff: Staff, *, now: datetime) -> Assessment:
    """One-call resolution: asked everywhere, closed and scored a month ago."""
    assessment = ask_everybody(
        staff,
        uuid5(NAMESPACE, "one-call resolution"),
        all_teams(),
        season=SEASON_NOW,
        days=(OPENED, ANSWERED, CLOSED),
        now=now,
    )
    _review_comments(assessment)
    return assessment


def ask_everybody(
    staff: Staff,
    pk: UUID,
    plans: list[TeamPlan],
    *,
    season: Season,
    days: tuple[int, int, int],
    now: datetime,
) -> Assessment:
    """Open, answer, close, count, compare and draft, so many `days` before today."""
    hr = staff.users[company.HR]
    start, answered, end = (now - timedelta(days=ago) for ago in days)
    assessment = Assessment.objects.create(
        id=pk,
        name_en="One-call resolution",
        name_de="Lösung beim ersten Anruf",
        purpose_en="Harbour Retail wants to settle every customer request the first time.",
        purpose_de="Harbour Retail will jedes Kundenanliegen beim ersten Mal lösen.",
        languages=["en", "de"],
        form=Form.SHORT,
        created_by=hr,
        opens_at=start,
        closes_at=end,
    )
    assessment.teams.set([staff.teams[company.NAME]])
    lifecycle.open_assessment(assessment_id=assessment.pk, by=hr, now=start)
    opening.finish_opening(assessment_id=assessment.pk, now=start)
    cast_answers(assessment, plans, now=answered, season=season)
    closing.close_assessment(assessment_id=assessment.pk, by=hr, now=end)
    counted = end + timedelta(hours=1)
    run_tally(assessment_id=assessment.pk, now=counted)
    measuring.measure_assessment(assessment_id=assessment.pk, now=counted)
    drafting.draft_plans(assessment_id=assessment.pk, now=counted)
    return assessment


def _review_comments(assessment: Assessment) -> None:
    """The reviewer has read most of them; those that name somebody still wait."""
    comments = Comment.objects.filter(unit__assessment=assessment)
    comments.filter(names_found=[]).update(state=CommentState.RELEASED)
    comments.filter(readers=Readers.REVIEWER).update(state=CommentState.REVIEW)


def _evening(moment: datetime) -> datetime:
    return timezone.localtime(moment).replace(hour=18, minute=0, second=0, microsecond=0)


def open_second_assessment(staff: Staff, *, now: datetime) -> Assessment:
    """Same-day replies: open in the contact centre, with an invitation to try."""
    lead = staff.users[company.DEPARTMENTS["Contact centre"][0]]
    assessment = Assessment.objects.create(
        id=uuid5(NAMESPACE, "same-day replies"),
        name_en="Same-day replies",
        name_de="Antwort am selben Tag",
        purpose_en="Every customer who writes to us gets an answer on the same day.",
        purpose_de="Wer uns schreibt, bekommt noch am selben Tag eine Antwort.",
        languages=["en", "de"],
        form=Form.SHORT,
        created_by=lead,
        opens_at=now - timedelta(days=OPEN_NOW_SINCE),
        closes_at=_evening(now + timedelta(days=OPEN_NOW_UNTIL)),
    )
    assessment.teams.set([staff.teams["Contact centre"]])
    start = now - timedelta(days=OPEN_NOW_SINCE)
    lifecycle.open_assessment(assessment_id=assessment.pk, by=lead, now=start)
    opening.finish_opening(assessment_id=assessment.pk, now=start)
    plans = list(company.DEPARTMENTS["Contact centre"][1])
    cast_answers(assessment, plans, now=now - timedelta(days=1), share=0.5)
    participation.update_participation(today=timezone.localdate(now))
    return assessment


class _Story:
    """Acts of a lead on the plan of one unit, dated in days before today."""

    def __init__(self, assessment: Assessment, unit: str, lead: User, now: datetime) -> None:
        self.plan = Plan.objects.get(unit__assessment=assessment, unit__name=unit)
        self.lead, self.now = lead, now

    def suggestions(self) -> list[Recommendation]:
        wanted = self.plan.recommendations.filter(state=RecommendationState.SUGGESTED)
        return list(wanted.select_related("strategy"))

    def accept(
        self, *, owner: str, ago: int, due_in: int, when: str = "", then: str = ""
    ) -> Action:
        first = next(r for r in self.suggestions() if r.source_id)
        with translation.override("en"):
            return planning.accept_recommendation(
                recommendation_id=first.pk,
                by=self.lead,
                owner=Person.objects.get(name=owner),
                due_date=timezone.localdate(self.now) + timedelta(days=due_in),
                now=self.now - timedelta(days=ago),
                first_step_when=when,
                first_step_then=then,
            )

    def check_in(self, action: Action, state: str, ago: int, note: str = "") -> None:
        running.check_in(
            action_id=action.pk,
            by=self.lead,
            state=state,
            now=self.now - timedelta(days=ago),
            note=note,
        )

    def tick(self, action: Action, steps: int, ago: int) -> None:
        for step in list(action.steps.all())[:steps]:
            running.tick_step(
                step_id=step.pk, by=self.lead, is_done=True, now=self.now - timedelta(days=ago)
            )

    def decline(self, because: str, ago: int) -> None:
        planning.decline(
            recommendation_id=self.suggestions()[-1].pk,
            by=self.lead,
            because=because,
            now=self.now - timedelta(days=ago),
        )

    def ask(self, note: str, ago: int) -> None:
        upwards = self.plan.recommendations.filter(state=RecommendationState.UPWARDS).first()
        asking.ask_upwards(
            plan_id=self.plan.pk,
            by=self.lead,
            recommendation_id=upwards.pk if upwards else None,
            title="" if upwards else "One change at a time",
            note=note,
            now=self.now - timedelta(days=ago),
        )


def tell_plans(assessment: Assessment, staff: Staff, *, now: datetime) -> None:
    """Plans in every state: running, blocked, done, stopped, asked upwards, not answered yet."""
    _calls_a(_Story(assessment, "Calls A", staff.users["Tom Reyes"], now))
    _delivery(_Story(assessment, "Delivery", staff.users["Luis Ortega"], now))
    _northgate(_Story(assessment, "Northgate", staff.users["Owen Price"], now))
    _quayside(_Story(assessment, "Quayside", staff.users["Sofia Brandt"], now))
    _contact_centre(_Story(assessment, "Contact centre", staff.users["Ines Okafor"], now))
    _chat(_Story(assessment, "Chat and mail + Back office", staff.users["Ines Okafor"], now))


def _calls_a(story: _Story) -> None:
    slot = story.accept(
        owner="Tom Reyes",
        ago=24,
        due_in=20,
        when="the rota for next week is drafted on Thursday",
        then="mark 75 minutes for each person before anything else goes in",
    )
    story.tick(slot, 2, 12)
    story.check_in(slot, "MOVING", 17, "12 of 20 slots kept.")
    story.check_in(slot, "MOVING", 9, "16 of 20 slots kept. Two lost to sick leave.")
    drill = story.accept(
        owner="Tom Reyes",
        ago=20,
        due_in=27,
        when="somebody asks me how a call went",
        then="name one step of the task before anything else",
    )
    story.check_in(drill, "MOVING", 13)
    story.check_in(
        drill,
        "BLOCKED",
        6,
        "The weekly ranking of people still comes; the quality office was asked twice.",
    )
    story.ask("It needs more hours than one team has; Calls B would gain from it too.", 10)


def _delivery(story: _Story) -> None:
    done = story.accept(owner="Luis Ortega", ago=26, due_in=-3)
    story.tick(done, 3, 5)
    story.check_in(done, "MOVING", 16)
    story.check_in(done, "DONE", 4, "The hand-over page hangs at both docks.")
    story.decline("Two people left in October. We come back to it in January.", 22)


def _northgate(story: _Story) -> None:
    """Long enough ago that its re-pulse can go out."""
    kept = story.accept(owner="Owen Price", ago=28, due_in=7)
    story.check_in(kept, "MOVING", 18, "It has happened every week so far.")
    story.check_in(kept, "MOVING", 5, "Left out once, in the week of the stocktaking.")


def _quayside(story: _Story) -> None:
    stopped = story.accept(owner="Sofia Brandt", ago=25, due_in=4)
    story.check_in(stopped, "MOVING", 15)
    running.stop_action(
        action_id=stopped.pk,
        by=story.lead,
        because="The store is being rebuilt; nobody can meet before spring.",
        now=story.now - timedelta(days=8),
    )


def _contact_centre(story: _Story) -> None:
    drill = story.accept(owner="Priya Nair", ago=22, due_in=9)
    story.tick(drill, 1, 15)
    story.check_in(drill, "MOVING", 8, "Eight hard cases are collected, two of them from chat.")


def _chat(story: _Story) -> None:
    story.accept(owner="Lena Vogt", ago=19, due_in=16)
    story.decline("We start with one thing and see how far it carries.", 19)
