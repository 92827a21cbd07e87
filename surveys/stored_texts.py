"""What every stored field about people and answers means, in words for those whom it concerns.

A test compares these tables with the models: a new field without a meaning fails it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Model, TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, Team
from resistance.models import Statement
from surveys import models as stored

Text = str | Promise


class Part(TextChoices):
    """The chapters of the description, in the order of a reader's questions."""

    BOX = "BOX", _("What sending your answers writes")
    INVITATION = "INVITATION", _("What your invitation writes")
    SURVEY = "SURVEY", _("What describes the survey itself")
    RESULT = "RESULT", _("What stays after the counting")


class Kept(TextChoices):
    COUNTING = "COUNTING", _("until the counting")
    MONTHS = "MONTHS", _("24 months after the counting")
    ASSESSMENT = "ASSESSMENT", _("as long as the assessment")
    ROSTER = "ROSTER", _("as long as the roster; who has left is set inactive")
    CATALOGUE = "CATALOGUE", _("for good, as part of the instrument")


@dataclass(frozen=True)
class Description:
    """A kind of row in words; `meanings` by the name of the field."""

    model: type[Model]
    part: Part
    title: Text
    purpose: Text
    kept: Kept
    meanings: Mapping[str, Text]


WHICH_SURVEY = _("which assessment it belongs to")
RANDOM_ID = _("a random number, made for this row")
ROW_NUMBER = _("the number of the row")

BOX = (
    Description(
        model=stored.Ballot,
        part=Part.BOX,
        title=_("Ballot: the sealed box"),
        purpose=_("Sealed answers, all of one size. No person, team, time, address or order."),
        kept=Kept.COUNTING,
        meanings={
            "assessment": WHICH_SURVEY,
            "nullifier": _("a random number, made for this ballot"),
            "ciphertext": _("the answers with their group, encrypted, always the same size"),
        },
    ),
    Description(
        model=stored.LedgerEntry,
        part=Part.BOX,
        title=_("Ledger"),
        purpose=_("That a code was used, scrambled with a key outside the database."),
        kept=Kept.COUNTING,
        meanings={
            "assessment": WHICH_SURVEY,
            "entry": _("that a code was used, unreadable without a key"),
            "request_hash": _("lets a lost reply be sent again; random bytes, to a reader"),
        },
    ),
)
INVITATION = (
    Description(
        model=stored.Invitation,
        part=Part.INVITATION,
        title=_("Invitation"),
        purpose=_("Who was invited, in which group. Not whether they took part."),
        kept=Kept.MONTHS,
        meanings={
            "id": RANDOM_ID,
            "assessment": WHICH_SURVEY,
            "group": _("the group that the person is counted with"),
            "person": _("who was invited"),
        },
    ),
    Description(
        model=stored.Credential,
        part=Part.INVITATION,
        title=_("Fingerprint of a code"),
        purpose=_("Tells a valid code from an invented one. The code is stored nowhere."),
        kept=Kept.COUNTING,
        meanings={
            "secret_hash": _("a fingerprint from which the code cannot be worked out"),
            "holder": _("the random number of the invitation or the slip"),
            "group": _("the group that the code is counted with"),
            "assessment": WHICH_SURVEY,
        },
    ),
    Description(
        model=stored.Slip,
        part=Part.INVITATION,
        title=_("Slip of paper"),
        purpose=_(
            "A code for somebody without e-mail, drawn by hand; it names nobody, so a lost one"
            " cannot be replaced."
        ),
        kept=Kept.COUNTING,
        meanings={
            "id": _("a random number; its beginning tells slips made later from the first ones"),
            "assessment": WHICH_SURVEY,
            "group": _("the group that the slip is counted with"),
        },
    ),
    Description(
        model=stored.Mailing,
        part=Part.INVITATION,
        title=_("Round of mails"),
        purpose=_("One mail to everybody: the invitation or a reminder."),
        kept=Kept.COUNTING,
        meanings={
            "id": ROW_NUMBER,
            "assessment": WHICH_SURVEY,
            "kind": _("invitation or reminder"),
            "due_at": _("when it is to go out, the same for everybody"),
            "done_at": _("when the whole round had gone out"),
        },
    ),
    Description(
        model=stored.Delivery,
        part=Part.INVITATION,
        title=_("Mail to one person"),
        purpose=_("Which mails still have to go out. The text is made when it is sent."),
        kept=Kept.COUNTING,
        meanings={
            "id": RANDOM_ID,
            "mailing": _("the round it belongs to"),
            "invitation": _("whose mail it is"),
            "is_sent": _("handed to the mail server or not yet"),
            "has_bounced": _("the address does not exist; HR can mend it"),
        },
    ),
    Description(
        model=Person,
        part=Part.INVITATION,
        title=_("Person of the roster"),
        purpose=_("Who may be invited and may own an action, from HR’s roster."),
        kept=Kept.ROSTER,
        meanings={
            "id": ROW_NUMBER,
            "name": _("the name; also used to mark names in comments for the reviewer"),
            "email": _("where the invitation goes"),
            "number": _("the personnel number, to find the same person in the next import"),
            "team": _("the team of the person today"),
            "language": _("the language of mails and survey"),
            "is_active": _("still with the organisation"),
        },
    ),
)
SURVEY = (
    Description(
        model=stored.Assessment,
        part=Part.SURVEY,
        title=_("Assessment"),
        purpose=_("One survey wave with its rules. Holds nothing about single people."),
        kept=Kept.ASSESSMENT,
        meanings={
            "id": _("a random number, part of the survey’s address"),
            "name_en": _("the initiative in a few words, in English"),
            "name_de": _("the initiative in a few words, in German"),
            "purpose_en": _("what it wants, in English"),
            "purpose_de": _("what it wants, in German"),
            "languages": _("the languages it is offered in"),
            "form": _("short or long"),
            "kind": _("full, or a re-pulse about one source"),
            "source": _("of a re-pulse: the source it asks after"),
            "follows": _("of a re-pulse: the assessment whose teams are asked again"),
            "state": _("from draft to scored"),
            "created_by": _("the manager or HR user who made it"),
            "teams": _("the teams chosen for it"),
            "opens_at": _("when it opens"),
            "closes_at": _("when it closes"),
            "closed_at": _("when it was closed"),
            "scored_at": _("when counting was finished"),
            "min_invited": _("least number of invited people in a group, never under 8"),
            "min_score": _("least number of answers for any result, never under 5"),
            "min_exact": _("least number of answers for exact values, never under 10"),
            "min_comment": _("least number of answers for comments, never under 10"),
            "key_mode": _("whether a trustee’s code is needed to open the box"),
            "trustees": _("who keeps such a code"),
            "trustees_asked_at": _("when they were last asked to open the box"),
            "box_public_key": _("the half of the box key that can only seal"),
            "key_root": _("a short sum of all signing keys, the same for everybody"),
            "participation_percent": _("share of everybody invited, in steps of five percent"),
            "participation_date": _("the day of this share; it is renewed once a day"),
            "invited_count": _("how many were invited in all, after the counting"),
            "taken_part_count": _("how many took part in all, after the counting"),
            "ballot_count": _("how many ballots were counted in all"),
            "alike_percent": _("about how many gave the same answer to nearly everything"),
            "gaps_percent": _("about how many left out most statements"),
            "lease_holder": _("which worker is counting now"),
            "lease_until": _("when another worker may take over"),
            "failure": _("why counting failed, without anything of its content"),
            "failed_from": _("where it stood when it failed"),
        },
    ),
    Description(
        model=stored.WrappedKey,
        part=Part.SURVEY,
        title=_("Box key, locked"),
        purpose=_("The other half of the box key, which opens only with a trustee’s code."),
        kept=Kept.COUNTING,
        meanings={
            "id": ROW_NUMBER,
            "assessment": WHICH_SURVEY,
            "wrapped": _("the locked key"),
        },
    ),
    Description(
        model=stored.AskedStatement,
        part=Part.SURVEY,
        title=_("Asked statement"),
        purpose=_("Which statements are asked, frozen at opening."),
        kept=Kept.ASSESSMENT,
        meanings={
            "id": ROW_NUMBER,
            "assessment": WHICH_SURVEY,
            "statement": _("the statement in this version"),
            "position": _("its place in the survey"),
        },
    ),
    Description(
        model=Statement,
        part=Part.SURVEY,
        title=_("Statement"),
        purpose=_("What is asked, in both languages; never changed once it was used."),
        kept=Kept.CATALOGUE,
        meanings={
            "id": ROW_NUMBER,
            "code": _("its short name"),
            "version": _("which wording of it"),
            "kind": _("about a source, an outcome, or an open question"),
            "source": _("the source of resistance that it asks for"),
            "facet": _("the side of the source that it covers"),
            "text_en": _("the wording in English"),
            "text_de": _("the wording in German"),
            "is_asset": _("agreeing speaks for the change"),
            "in_short_form": _("asked in the short form too"),
            "position": _("its place in the catalogue"),
            "superseded_by": _("the newer wording"),
            "used_at": _("when it was first asked"),
            "edited_at": _("when an administrator changed it before it was used"),
        },
    ),
    Description(
        model=stored.Node,
        part=Part.SURVEY,
        title=_("Team as it stood at opening"),
        purpose=_("The tree of teams, so that later changes do not touch the survey."),
        kept=Kept.ASSESSMENT,
        meanings={
            "id": ROW_NUMBER,
            "assessment": WHICH_SURVEY,
            "team": _("the team"),
            "parent": _("the team above it"),
            "name": _("its name then"),
            "position": _("its place in the tree"),
            "invited": _("how many of it were invited"),
            "is_whole": _("whether everybody in it was asked"),
        },
    ),
    Description(
        model=stored.MemberTeam,
        part=Part.SURVEY,
        title=_("Asked team"),
        purpose=_("Keeps a team from being asked by two assessments at once."),
        kept=Kept.ASSESSMENT,
        meanings={
            "id": ROW_NUMBER,
            "assessment": WHICH_SURVEY,
            "team": _("the team"),
            "is_collecting": _("answers are still being collected"),
        },
    ),
    Description(
        model=stored.Group,
        part=Part.SURVEY,
        title=_("Group"),
        purpose=_("Teams counted together, at least eight invited, fixed at opening."),
        kept=Kept.ASSESSMENT,
        meanings={
            "id": ROW_NUMBER,
            "assessment": WHICH_SURVEY,
            "number": _("what stands for the group inside a sealed ballot"),
            "name": _("its name, shown before the first statement"),
            "node": _("the smallest team that holds it"),
            "members": _("the teams in it"),
            "invited": _("how many were invited, shown before the first statement"),
            "signing_modulus": _("the public half of the key that signs for this group"),
        },
    ),
    Description(
        model=Team,
        part=Part.SURVEY,
        title=_("Team"),
        purpose=_("The organisation’s tree of teams today."),
        kept=Kept.ROSTER,
        meanings={
            "id": ROW_NUMBER,
            "parent": _("the team above it"),
            "name": _("the name of the team"),
            "code": _("its short name in imports"),
            "position": _("its place in the tree"),
            "managers": _("who manages it and sees its results"),
        },
    ),
)
