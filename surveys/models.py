"""Assessments with their frozen groups, the sealed box beside its ledger, and the findings.

Privacy: a ballot and a ledger entry share nothing but the assessment. Neither has a time, an
address, a team or a serial number; the tests in `tests/test_privacy.py` hold their exact fields.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Language, Person, Team, User
from resistance.models import Source, Statement, localized
from resistance.shown import Thresholds


class State(models.TextChoices):
    DRAFT = "DRAFT", _("draft")
    OPENING = "OPENING", _("opening")
    OPEN = "OPEN", _("open")
    CLOSED = "CLOSED", _("closed")
    AWAITING_TRUSTEE = "AWAITING_TRUSTEE", _("awaiting trustee")
    TALLYING = "TALLYING", _("tallying")
    ERASING = "ERASING", _("erasing")
    SCORED = "SCORED", _("scored")
    FAILED = "FAILED", _("failed")


class Form(models.TextChoices):
    SHORT = "SHORT", _("short, 3 statements per source, about five minutes")
    LONG = "LONG", _("long, 4 statements per source, about seven minutes")


class AssessmentKind(models.TextChoices):
    FULL = "FULL", _("full")
    REPULSE = "REPULSE", _("re-pulse")


class KeyMode(models.TextChoices):
    UNATTENDED = "UNATTENDED", _("unattended: the key lies on this server until the tally")
    TRUSTEE = "TRUSTEE", _("trustee: the key opens with a code that a trustee keeps")


#: the failure of an assessment that HR has given up: there will be no results
GIVEN_UP = "GIVEN_UP"

COLLECTING = (State.OPENING, State.OPEN, State.CLOSED, State.AWAITING_TRUSTEE)


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def visible_to(self, user: User) -> AssessmentQuerySet:
        """All for HR; for a manager those that ask a team below theirs, or that they made."""
        if user.is_hr:
            return self
        mine = Team.objects.managed_by(user)
        return self.filter(Q(created_by=user) | Q(member_teams__team__in=mine)).distinct()

    def steered_by(self, user: User) -> AssessmentQuerySet:
        """Those that `user` may change, open or close: all for HR, else their own, as long as
        they manage a team that is asked."""
        if user.is_hr:
            return self
        mine = Q(member_teams=None) | Q(member_teams__team__in=Team.objects.managed_by(user))
        return self.filter(mine, created_by=user).distinct()

    def entrusted_to(self, user: User) -> AssessmentQuerySet:
        """Those whose box opens with a code that `user` keeps."""
        if not user.is_trustee:
            return self.none()
        return self.filter(trustees=user, key_mode=KeyMode.TRUSTEE).exclude(state=State.DRAFT)

    def drafts(self) -> AssessmentQuerySet:
        return self.filter(state=State.DRAFT)

    def open(self) -> AssessmentQuerySet:
        return self.filter(state=State.OPEN)

    def scored(self) -> AssessmentQuerySet:
        return self.filter(state=State.SCORED)

    def full(self) -> AssessmentQuerySet:
        """Without re-pulses, which ask after one source only."""
        return self.filter(kind=AssessmentKind.FULL)


class Assessment(models.Model):
    """One survey wave of one initiative over some teams."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name_en = models.CharField(_("initiative, in a few words"), max_length=80, blank=True)
    name_de = models.CharField(_("initiative in German"), max_length=80, blank=True)
    purpose_en = models.CharField(_("what it wants, in one sentence"), max_length=240, blank=True)
    purpose_de = models.CharField(_("the sentence in German"), max_length=240, blank=True)
    languages = models.JSONField(_("languages"), default=list)
    form = models.CharField(_("form"), max_length=5, choices=Form.choices, default=Form.SHORT)
    kind = models.CharField(
        max_length=7, choices=AssessmentKind.choices, default=AssessmentKind.FULL
    )
    # of a re-pulse: what it asks after, and the assessment whose units are asked again
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")
    follows = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="repulses"
    )
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    teams = models.ManyToManyField(Team, verbose_name=_("teams"), blank=True, related_name="+")
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    scored_at = models.DateTimeField(null=True, blank=True)
    # frozen at opening; the thresholds can only be raised before it
    min_invited = models.PositiveSmallIntegerField(default=8)
    min_score = models.PositiveSmallIntegerField(default=5)
    min_exact = models.PositiveSmallIntegerField(default=10)
    min_comment = models.PositiveSmallIntegerField(default=10)
    box_public_key = models.BinaryField(null=True, blank=True, editable=False)
    key_mode = models.CharField(
        _("who can open the box"),
        max_length=10,
        choices=KeyMode.choices,
        default=KeyMode.UNATTENDED,
    )
    trustees = models.ManyToManyField(
        User, blank=True, related_name="+", verbose_name=_("trustees")
    )
    trustees_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    # root of the list of all groups' signing keys, the same for everybody
    key_root = models.BinaryField(max_length=20, null=True, blank=True, editable=False)
    # one number a day while open, see surveys.participation
    participation_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    participation_date = models.DateField(null=True, blank=True)
    # exact, after the tally, for the whole assessment only
    invited_count = models.PositiveIntegerField(null=True, blank=True)
    taken_part_count = models.PositiveIntegerField(null=True, blank=True)
    ballot_count = models.PositiveIntegerField(null=True, blank=True)
    # how carefully people answered, in steps of five per cent, see resistance.overall
    alike_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    gaps_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    # the tally's lease keeps two workers apart
    lease_holder = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    failure = models.TextField(blank=True)
    failed_from = models.CharField(max_length=16, choices=State.choices, blank=True, default="")

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=State.values), name="assessment_state_known"
            ),
            models.CheckConstraint(
                condition=Q(kind=AssessmentKind.FULL, source=None, follows=None)
                | Q(kind=AssessmentKind.REPULSE, source__isnull=False, follows__isnull=False)
                & ~Q(follows=F("id")),
                name="repulse_with_source_and_earlier",
            ),
            models.CheckConstraint(
                condition=Q(min_invited__gte=8)
                & Q(min_score__gte=5)
                & Q(min_exact__gte=10)
                & Q(min_comment__gte=10),
                name="thresholds_never_below_floor",
            ),
            models.CheckConstraint(
                condition=Q(closes_at=None) | Q(opens_at=None) | Q(closes_at__gt=F("opens_at")),
                name="assessment_closes_after_opening",
            ),
            models.CheckConstraint(
                condition=Q(state=State.SCORED, scored_at__isnull=False)
                | (~Q(state=State.SCORED) & Q(scored_at=None)),
                name="scored_at_with_state",
            ),
            models.CheckConstraint(
                condition=Q(invited_count=None)
                | Q(invited_count__gte=F("taken_part_count"))
                & Q(taken_part_count__gte=F("ballot_count")),
                name="invited_taken_part_ballots",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("surveys:assessment", args=[self.pk])

    @property
    def name(self) -> str:
        return localized(self, "name") or self.name_de

    @property
    def title(self) -> str:
        """The name for those who run it; of a re-pulse with its source, which must be selected
        and is not named to employees."""
        if self.source is None:
            return self.name
        words = {"name": self.name, "source": self.source.name}
        return str(_("%(name)s: re-pulse on %(source)s")) % words

    @property
    def purpose(self) -> str:
        return localized(self, "purpose") or self.purpose_de

    @property
    def response(self) -> float | None:
        """Share of everybody invited whose ballot was counted; known after the tally."""
        if self.ballot_count is None or not self.invited_count:
            return None
        return self.ballot_count / self.invited_count

    @property
    def is_repulse(self) -> bool:
        return self.kind == AssessmentKind.REPULSE

    @property
    def is_draft(self) -> bool:
        return self.state == State.DRAFT

    @property
    def is_open(self) -> bool:
        return self.state == State.OPEN

    @property
    def is_scored(self) -> bool:
        return self.state == State.SCORED

    @property
    def has_failed(self) -> bool:
        return self.state == State.FAILED

    @property
    def waits_for_code(self) -> bool:
        """It cannot open before a trustee has taken the code of its box."""
        return (
            self.state == State.OPENING
            and self.key_mode == KeyMode.TRUSTEE
            and not self.box_public_key
        )

    @property
    def is_given_up(self) -> bool:
        return self.has_failed and self.failure == GIVEN_UP

    @property
    def tally_due_at(self) -> datetime | None:
        """When counting may start: casting still ends a little after the close."""
        if self.closed_at is None:
            return None
        return self.closed_at + timedelta(seconds=settings.CASTING_GRACE_SECONDS)

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds(self.min_score, self.min_exact, self.min_comment)

    @property
    def few(self) -> tuple[int, int]:
        """The counts that a number of answers that is not shown may stand for."""
        return self.min_score, self.min_exact - 1

    @property
    def language_names(self) -> list[str]:
        return [Language(code).label for code in self.languages]


class AskedStatement(models.Model):
    """A statement as frozen for an assessment; `position` is its byte in the ballot."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="asked")
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "position"], name="asked_position_once"),
            models.UniqueConstraint(fields=["assessment", "statement"], name="asked_once"),
        ]


class Node(models.Model):
    """The tree of teams as it stood at opening; later changes of the organisation do not matter."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="nodes")
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, related_name="+", help_text=_("empty: all teams")
    )
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    name = models.CharField(max_length=120)
    position = models.PositiveIntegerField()
    invited = models.PositiveIntegerField(help_text=_("people directly in this team"))
    is_whole = models.BooleanField(default=True, help_text=_("all its people were asked"))

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "team"], name="node_once"),
        ]


class MemberTeam(models.Model):
    """A team that an assessment asks; a team is asked by one collecting assessment at a time."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="member_teams")
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    is_collecting = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "team"], name="member_team_once"),
            models.UniqueConstraint(
                fields=["team"],
                condition=Q(is_collecting=True),
                name="one_collecting_assessment_per_team",
            ),
        ]


class Group(models.Model):
    """Teams collected together, at least eight invited; fixed at opening."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="groups")
    number = models.PositiveSmallIntegerField(help_text=_("as sealed in the ballot"))
    name = models.CharField(max_length=250)
    node = models.ForeignKey(
        Node, models.CASCADE, related_name="groups", help_text=_("smallest that holds it")
    )
    members = models.ManyToManyField(Node, related_name="member_groups")
    invited = models.PositiveIntegerField()
    signing_modulus = models.BinaryField(max_length=256, null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "number"], name="group_number_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """Who was invited in which group. It never says whether they took part."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="invitations")
    group = models.ForeignKey(Group, models.CASCADE, related_name="invitations")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "person"], name="invited_once"),
        ]


class Slip(models.Model):
    """A code on paper for somebody of a group without e-mail; drawn by hand, so it names nobody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="slips")
    group = models.ForeignKey(Group, models.CASCADE, related_name="slips")


class WrappedKey(models.Model):
    """The private half of an assessment's box, wrapped under a trustee's code."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="wrapped_keys")
    wrapped = models.BinaryField()


class Credential(models.Model):
    """The hash of a code and with whom it is counted; deleted at the tally.

    The code is derived from `holder`, the id of an invitation or a slip, and never stored.
    """

    secret_hash = models.BinaryField(primary_key=True, max_length=32)
    holder = models.UUIDField(unique=True)
    group = models.ForeignKey(Group, models.CASCADE, related_name="+", db_index=False)
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="+")


class MailKind(models.TextChoices):
    INVITATION = "INVITATION", _("invitation")
    REMINDER = "REMINDER", _("reminder")


class Mailing(models.Model):
    """One mail to everybody of an assessment; the rows of `Delivery` are its outbox."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="mailings")
    kind = models.CharField(max_length=10, choices=MailKind.choices)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["due_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=MailKind.values), name="mailing_kind_known"
            ),
        ]


class Delivery(models.Model):
    """One mail of a mailing; deleted at the tally."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="deliveries")
    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="deliveries")
    is_sent = models.BooleanField(default=False)
    has_bounced = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mailing", "invitation"], name="delivered_once"),
        ]


class LedgerEntry(models.Model):
    """That an invitation was used: HMAC(ledger key, invitation). Unreadable without the key."""

    pk = models.CompositePrimaryKey("assessment", "entry")
    # without a database constraint: checking it would lock the assessment's row at every cast;
    # without an index of its own: the key's serves
    assessment = models.ForeignKey(
        Assessment, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    entry = models.BinaryField(max_length=32)
    # hash of the blinded token, so that a lost reply can be asked for again;
    # random bytes on the plain path
    request_hash = models.BinaryField(max_length=32)


class Ballot(models.Model):
    """One sealed answer set of constant size. Only `surveys` names this model."""

    pk = models.CompositePrimaryKey("assessment", "nullifier")
    assessment = models.ForeignKey(
        Assessment, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    nullifier = models.UUIDField(default=uuid.uuid4, editable=False)
    ciphertext = models.BinaryField()


class ReceiptList(models.Model):
    """The hashes of all counted ballots' receipts, sorted; written with the findings."""

    assessment = models.OneToOneField(Assessment, models.CASCADE, related_name="receipt_list")
    listed = models.TextField(help_text=_("one hexadecimal hash in each line"))


class UnitKind(models.TextChoices):
    TEAM = "TEAM", _("team")
    MERGED = "MERGED", _("reported together")
    PARENT = "PARENT", _("teams together")
    ORGANISATION = "ORGANISATION", _("all asked teams")


class UnitQuerySet(models.QuerySet["Unit"]):
    def visible_to(self, user: User) -> UnitQuerySet:
        """All for HR. A manager sees units inside their subtree, and the smallest unit that
        contains one of their teams when that team is not reported alone."""
        if user.is_hr:
            return self
        mine = Team.objects.managed_by(user)
        return self.filter(
            Q(node__team__in=mine) | Q(unit_teams__team__in=mine, unit_teams__is_smallest=True)
        ).distinct()

    def in_order(self) -> UnitQuerySet:
        return self.order_by("position")


class Unit(models.Model):
    """A set of teams that is reported together; made by the gate at the tally."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="units")
    key = models.CharField(max_length=250)
    name = models.CharField(max_length=250)
    kind = models.CharField(max_length=12, choices=UnitKind.choices)
    node = models.ForeignKey(
        Node, models.CASCADE, related_name="+", help_text=_("smallest team that contains it")
    )
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    groups = models.ManyToManyField(Group, related_name="units")
    teams = models.ManyToManyField(Team, through="UnitTeam", related_name="units")
    position = models.PositiveIntegerField()
    is_cell = models.BooleanField()
    invited = models.PositiveIntegerField()
    answers = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("from ten on; empty means 5–9")
    )
    has_ranking = models.BooleanField(default=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "key"], name="unit_key_once"),
            models.CheckConstraint(condition=Q(kind__in=UnitKind.values), name="unit_kind_known"),
            models.CheckConstraint(
                condition=Q(answers=None) | Q(answers__gte=10), name="exact_count_from_ten"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("surveys:results", args=[self.pk])

    @property
    def response_percent(self) -> int | None:
        """Share that answered in whole percent; None where the count is not shown."""
        return round(100 * self.answers / self.invited) if self.answers else None


class UnitTeam(models.Model):
    """A team inside a unit; `is_smallest` on the smallest unit that contains the team."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="unit_teams")
    team = models.ForeignKey(Team, models.PROTECT, related_name="unit_teams")
    is_smallest = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "team"], name="unit_team_once"),
        ]


class Visibility(models.TextChoices):
    EXACT = "EXACT", _("exact")
    ROUNDED = "ROUNDED", _("rounded")
    BAND = "BAND", _("band")
    SUPPRESSED = "SUPPRESSED", _("not shown")


class Reason(models.TextChoices):
    """Why something is shown coarsely or not at all."""

    NONE = "", ""
    FEW = "FEW", _("fewer answers than the threshold")
    ALIKE = "ALIKE", _("the answers were nearly alike")
    EARLIER = "EARLIER", _("almost the same people were reported before")
    REVEALING = "REVEALING", _("it would have shown where a single person stands")


class Certainty(models.TextChoices):
    CLEAR = "CLEAR", _("clear")
    LIKELY = "LIKELY", _("likely")
    OPEN = "OPEN", _("open")
    NO = "NO", _("no")
    NONE = "", ""


class SourceFinding(models.Model):
    """What may be shown of one source for one unit, in points from 0 to 100."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="source_findings")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    visibility = models.CharField(max_length=10, choices=Visibility.choices)
    reason = models.CharField(max_length=10, choices=Reason.choices, blank=True, default="")
    answers = models.PositiveIntegerField(null=True)
    raw = models.PositiveSmallIntegerField(null=True)
    end = models.SmallIntegerField(
        default=0, help_text=_("-1: raw stands for this or lower; 1: this or higher")
    )
    low = models.PositiveSmallIntegerField(null=True)
    high = models.PositiveSmallIntegerField(null=True)
    estimate = models.FloatField(null=True, help_text=_("shrunk, one decimal"))
    estimate_sd = models.FloatField(null=True, help_text=_("posterior standard deviation"))
    p_top3 = models.FloatField(null=True)
    certainty = models.CharField(max_length=6, choices=Certainty.choices, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "source"], name="source_finding_once"),
            models.CheckConstraint(
                condition=Q(visibility=Visibility.SUPPRESSED, raw=None, low=None, high=None)
                & Q(estimate=None, estimate_sd=None, p_top3=None)
                | ~Q(visibility=Visibility.SUPPRESSED)
                & Q(raw__isnull=False, low__isnull=False, high__isnull=False),
                name="suppressed_source_has_no_number",
            ),
            models.CheckConstraint(
                condition=Q(answers=None) | Q(answers__gte=10, raw__isnull=False),
                name="exact_source_from_ten",
            ),
        ]


class StatementFinding(models.Model):
    """What may be shown of one statement for one unit."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="statement_findings")
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="+")
    visibility = models.CharField(max_length=10, choices=Visibility.choices)
    reason = models.CharField(max_length=10, choices=Reason.choices, blank=True, default="")
    answers = models.PositiveIntegerField(null=True)
    mean = models.DecimalField(max_digits=2, decimal_places=1, null=True)
    counts = models.JSONField(null=True, help_text=_("five counts, from disagree to agree"))
    band = models.CharField(max_length=6, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "statement"], name="statement_finding_once"),
            models.CheckConstraint(
                condition=Q(visibility=Visibility.EXACT, answers__gte=10, mean__isnull=False)
                | ~Q(visibility=Visibility.EXACT) & Q(answers=None, mean=None, counts=None),
                name="exact_statement_from_ten",
            ),
            models.CheckConstraint(
                condition=Q(visibility=Visibility.BAND, band__in=["low", "mixed", "high"])
                | ~Q(visibility=Visibility.BAND) & Q(band=""),
                name="band_with_visibility",
            ),
        ]


class SourceSummary(models.Model):
    """Per source over the whole assessment: what the statistics of its units rest on."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="source_summaries")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    mean = models.FloatField()
    between_sd = models.FloatField()
    target = models.FloatField()
    variance = models.FloatField(null=True)
    alpha = models.FloatField(null=True)
    inter_item_r = models.FloatField(null=True)
    icc = models.FloatField(null=True)
    basis = models.CharField(max_length=20)
    blocker_share = models.FloatField(null=True, help_text=_("share that named it, two decimals"))
    importance = models.FloatField(null=True, help_text=_("share of 1, three decimals"))
    importance_basis = models.CharField(max_length=20, blank=True)
    stated_share = models.FloatField(null=True)
    derived_share = models.FloatField(null=True)
    measured_alpha = models.FloatField(null=True, help_text=_("from 50 people on"))
    alpha_low = models.FloatField(null=True)
    alpha_high = models.FloatField(null=True)
    omega = models.FloatField(null=True, help_text=_("from 100 people on"))
    omega_low = models.FloatField(null=True)
    omega_high = models.FloatField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "source"], name="summary_once"),
        ]


class Movement(models.Model):
    """How values moved between two assessments where nobody acted; the base of every effect.

    `slopes` maps the first size of a class to [value, sd, variance, pairs], empty below 60 pairs;
    `trends` maps sources to [points, sd, units].
    """

    earlier = models.ForeignKey(Assessment, models.CASCADE, related_name="+")
    later = models.ForeignKey(Assessment, models.CASCADE, related_name="movements")
    pairs = models.PositiveIntegerField(help_text=_("unit × source on which nobody acted"))
    drift = models.FloatField(help_text=_("squared points per member, without any cause"))
    slopes = models.JSONField(default=dict)
    trends = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["earlier", "later"], name="movement_once"),
        ]


class Comparison(models.Model):
    """A unit beside the unit of the same teams in an earlier assessment."""

    unit = models.OneToOneField(Unit, models.CASCADE, related_name="comparison")
    earlier = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    has_different_people = models.BooleanField(help_text=_("more than three in ten changed"))


class ChangeFinding(models.Model):
    """How far a source moved between both, in points, negative is better; from findings alone."""

    comparison = models.ForeignKey(Comparison, models.CASCADE, related_name="changes")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    difference = models.SmallIntegerField()
    low = models.FloatField()
    high = models.FloatField()
    p = models.FloatField()
    q = models.FloatField(help_text=_("p, corrected for the number of sources"))
    is_change = models.BooleanField()
    is_named = models.BooleanField(help_text=_("a plan named this source before"))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["comparison", "source"], name="change_once"),
        ]


class CommentState(models.TextChoices):
    REVIEW = "REVIEW", _("waiting for review")
    RELEASED = "RELEASED", _("released")
    DROPPED = "DROPPED", _("dropped")


class Readers(models.TextChoices):
    MANAGER = "m", _("my manager and HR")
    HR = "h", _("HR only")
    REVIEWER = "r", _("the reviewer only")


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible_to(self, user: User) -> CommentQuerySet:
        """Released comments that their authors let `user` read, of whatever units they may see."""
        readers = [Readers.MANAGER, Readers.HR] if user.is_hr else [Readers.MANAGER]
        return self.filter(state=CommentState.RELEASED, readers__in=readers)


class Comment(models.Model):
    """One comment at exactly one unit; in random order, without author, time or score."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="comments")
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="+")
    text = models.TextField()
    readers = models.CharField(max_length=1, choices=Readers.choices)
    state = models.CharField(
        max_length=8, choices=CommentState.choices, default=CommentState.REVIEW
    )
    # the reviewer changed the text; what was there before is overwritten
    is_redacted = models.BooleanField(default=False)
    names_found = models.JSONField(default=list)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=CommentState.values) & Q(readers__in=Readers.values),
                name="comment_choices_known",
            ),
            models.CheckConstraint(
                condition=~Q(state=CommentState.DROPPED) | Q(text="", is_redacted=False),
                name="dropped_comment_has_no_text",
            ),
        ]
