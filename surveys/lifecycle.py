"""What people do to an assessment while it is a draft or open; each function is one transaction.

draft → opening → open → closed; from there the tally takes over (surveys.tally).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.models import Team, User, record
from resistance.models import Statement
from surveys import tasks
from surveys.closing import close_assessment
from surveys.groups import Grouping, TooFewPeople, plan_grouping
from surveys.models import (
    AskedStatement,
    Assessment,
    Group,
    Invitation,
    KeyMode,
    MailKind,
    MemberTeam,
    Node,
    State,
)
from surveys.opening import BATCH, invite, make_credentials, queue_mailing
from surveys.pauses import free_again
from surveys.questionnaire import statements_of
from surveys.states import LifecycleError, locked
from surveys.templatetags.moments import day

__all__ = [
    "LifecycleError",
    "add_joiners",
    "close_assessment",
    "delete_draft",
    "extend_assessment",
    "open_assessment",
    "remind",
    "resend",
    "retry",
]

MAX_REMINDERS = 2
JOINERS_UNTIL = timedelta(hours=24)


@transaction.atomic
def open_assessment(*, assessment_id: UUID, by: User, now: datetime) -> None:
    """Freeze teams, groups, statements and thresholds; the worker then makes keys and mails.

    Raises `LifecycleError` and leaves the draft as it was.
    """
    assessment = locked(assessment_id)
    _refuse_unready(assessment, now)
    try:
        grouping = plan_grouping(assessment)
    except TooFewPeople as error:
        raise LifecycleError(
            _(
                "The chosen teams have fewer than {number} people. Add teams to the assessment."
            ).format(number=assessment.min_invited)
        ) from error
    _refuse_foreign(grouping.asked_teams, by)
    _refuse_too_soon(assessment, grouping.asked_teams, now)
    _reserve_teams(assessment, grouping.asked_teams)
    _freeze_statements(assessment, now)
    _freeze_groups(assessment, grouping)
    assessment.state = State.OPENING
    assessment.opens_at = max(assessment.opens_at or now, now)
    assessment.save()
    record(actor=by, verb="assessment opened", subject=assessment, invited=grouping.invited)
    tasks.finish_opening.delay_on_commit(assessment_id=str(assessment_id))


def _refuse_unready(assessment: Assessment, now: datetime) -> None:
    if not assessment.is_draft:
        raise LifecycleError(_("This assessment was opened before."))
    if not assessment.languages or not all(
        getattr(assessment, f"name_{language}") and getattr(assessment, f"purpose_{language}")
        for language in assessment.languages
    ):
        raise LifecycleError(_("Name the initiative in every language of the survey."))
    if assessment.closes_at is None or assessment.closes_at <= now:
        raise LifecycleError(_("Choose a closing time that lies ahead."))
    if lacks_trustee(assessment):
        raise LifecycleError(_("Choose one or two trustees, or let the server keep the key."))


def lacks_trustee(assessment: Assessment) -> bool:
    """A code is wanted and nobody could take it, say because a role was taken away since."""
    able = assessment.trustees.filter(is_active=True, is_trustee=True)
    return assessment.key_mode == KeyMode.TRUSTEE and not able.exists()


def _refuse_foreign(teams: frozenset[int], by: User) -> None:
    """Who made a draft as a manager may have lost teams since."""
    mine = Team.objects.visible_to(by).order_by().values_list("pk", flat=True)
    if not teams.issubset(mine):
        raise LifecycleError(_("You no longer manage all of the chosen teams. Choose them again."))


def _refuse_too_soon(assessment: Assessment, teams: frozenset[int], now: datetime) -> None:
    again = {
        team: moment
        for team, moment in free_again(assessment.kind, now=now).items()
        if team in teams
    }
    if again:
        last = max(again, key=lambda team: (again[team], -team))
        raise LifecycleError(
            _(
                "{team} was asked a short while ago and is left alone until {day}."
                " Leave it out or open later."
            ).format(team=Team.objects.get(pk=last), day=day(again[last]))
        )


def _reserve_teams(assessment: Assessment, teams: frozenset[int]) -> None:
    try:
        with transaction.atomic():
            MemberTeam.objects.bulk_create(
                [MemberTeam(assessment=assessment, team_id=team) for team in sorted(teams)], BATCH
            )
    except IntegrityError as error:
        raise LifecycleError(
            _("One of the teams is being asked by another assessment. Wait until that is closed.")
        ) from error


def _freeze_statements(assessment: Assessment, now: datetime) -> None:
    statements = statements_of(assessment)
    AskedStatement.objects.bulk_create(
        AskedStatement(assessment=assessment, statement=statement, position=position)
        for position, statement in enumerate(statements)
    )
    Statement.objects.filter(pk__in=[s.pk for s in statements], used_at=None).update(used_at=now)


def _freeze_groups(assessment: Assessment, grouping: Grouping) -> None:
    nodes: dict[int, Node] = {}
    for position, planned in enumerate(grouping.nodes):
        nodes[planned.team] = Node(
            assessment=assessment,
            team_id=planned.team or None,
            name=planned.name,
            position=position,
            invited=planned.invited,
            is_whole=planned.is_whole,
        )
    Node.objects.bulk_create(nodes.values(), BATCH)
    for planned in grouping.nodes:
        nodes[planned.team].parent = nodes[planned.parent] if planned.parent is not None else None
    Node.objects.bulk_update(nodes.values(), ["parent"], BATCH)
    groups = Group.objects.bulk_create(
        [
            Group(
                assessment=assessment,
                number=number,
                name=planned.name,
                node=nodes[planned.at],
                invited=planned.invited,
            )
            for number, planned in enumerate(grouping.groups)
        ],
        BATCH,
    )
    Group.members.through.objects.bulk_create(
        [
            Group.members.through(group_id=group.pk, node_id=nodes[team].pk)
            for group, planned in zip(groups, grouping.groups, strict=True)
            for team in planned.teams
        ],
        BATCH,
    )
    group_of = {
        team: group
        for group, planned in zip(groups, grouping.groups, strict=True)
        for team in planned.teams
    }
    invite(assessment, group_of)


@transaction.atomic
def extend_assessment(*, assessment_id: UUID, closes_at: datetime, by: User, now: datetime) -> None:
    assessment = locked(assessment_id)
    if not assessment.is_open or not assessment.closes_at:
        raise LifecycleError(_("Only an open assessment can be extended."))
    if closes_at <= max(assessment.closes_at, now):
        raise LifecycleError(_("The new end must be later than the present one."))
    assessment.closes_at = closes_at
    assessment.save()
    record(actor=by, verb="assessment extended", subject=assessment, until=closes_at.isoformat())


@transaction.atomic
def remind(*, assessment_id: UUID, by: User, now: datetime) -> None:
    """A reminder to everybody, in one wording, whether or not they have taken part."""
    assessment = locked(assessment_id)
    if not assessment.is_open:
        raise LifecycleError(_("Reminders can be sent while the assessment is open."))
    sent = assessment.mailings.filter(kind=MailKind.REMINDER).count()
    if sent >= MAX_REMINDERS:
        raise LifecycleError(_("Two reminders were sent. More would be pressing."))
    queue_mailing(assessment, MailKind.REMINDER, now)
    record(actor=by, verb="reminder sent", subject=assessment, number=sent + 1)


@transaction.atomic
def resend(*, assessment_id: UUID, by: User, now: datetime) -> None:
    """Everybody's invitation once more, also to those who have used it."""
    assessment = locked(assessment_id)
    if not assessment.is_open:
        raise LifecycleError(_("Links can be sent while the assessment is open."))
    if assessment.mailings.filter(done_at=None).exists():
        raise LifecycleError(_("Mails are still on their way. Wait until they are out."))
    queue_mailing(assessment, MailKind.INVITATION, now)
    record(actor=by, verb="links sent again", subject=assessment)


@transaction.atomic
def add_joiners(*, assessment_id: UUID, by: User, now: datetime) -> int:
    """Invite people who have joined the asked teams since; returns how many."""
    assessment = locked(assessment_id)
    if not assessment.is_open or not assessment.closes_at:
        raise LifecycleError(_("People can be added while the assessment is open."))
    if assessment.closes_at - now < JOINERS_UNTIL:
        raise LifecycleError(_("People can be added until 24 hours before the end."))
    group_of = {
        node.team_id: group
        for group in assessment.groups.prefetch_related("members")
        for node in group.members.all()
        if node.team_id
    }
    joiners = invite(assessment, group_of)
    if joiners:
        make_credentials(assessment, joiners)
        queue_mailing(assessment, MailKind.INVITATION, now, joiners)
        _count_joiners(joiners)
        record(actor=by, verb="people added", subject=assessment, number=len(joiners))
    return len(joiners)


def _count_joiners(joiners: list[Invitation]) -> None:
    groups = {invitation.group for invitation in joiners}
    counts = dict(
        Invitation.objects.filter(group__in=groups).values_list("group").annotate(Count("pk"))
    )
    for group in groups:
        group.invited = counts[group.pk]
    Group.objects.bulk_update(groups, ["invited"])


@transaction.atomic
def retry(*, assessment_id: UUID, by: User, now: datetime) -> None:
    """Let the worker try a failed assessment again from where it failed."""
    assessment = locked(assessment_id)
    if not assessment.has_failed or assessment.is_given_up:
        raise LifecycleError(_("There is nothing to try again here."))
    assessment.state = assessment.failed_from or State.CLOSED
    assessment.failure, assessment.failed_from = "", ""
    assessment.save()
    record(actor=by, verb="tally tried again", subject=assessment)


@transaction.atomic
def delete_draft(*, assessment_id: UUID, by: User) -> None:
    assessment = locked(assessment_id)
    if not assessment.is_draft:
        raise LifecycleError(_("Only a draft can be deleted."))
    record(actor=by, verb="draft deleted", subject=assessment)
    assessment.delete()
