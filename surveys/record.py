"""The record of processing activities (GDPR, Article 30): what the programme knows of itself, and
marked places for what only the organisation knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Organisation


@dataclass(frozen=True)
class Entry:
    """A field of the record; `to_fill` is what the organisation still has to write there."""

    name: str
    article: str
    texts: tuple[str, ...] = ()
    to_fill: str = ""


def record_of_processing(*, address: str) -> list[Entry]:
    """All fields of Article 30 (1), then what supervisory authorities usually ask for as well."""
    return [*_who(), *_what(), *_where(address=address), *_how(), *_beyond()]


def _who() -> list[Entry]:
    return [
        Entry(
            name=_("Controller"),
            article="30 (1) a",
            texts=(Organisation.current().name,),
            to_fill=_("legal name, address, representative, telephone, e-mail"),
        ),
        Entry(
            name=_("Data-protection officer"),
            article="30 (1) a",
            to_fill=_("name and contact"),
        ),
        Entry(
            name=_("Purposes"),
            article="30 (1) b",
            texts=(
                _("Finding out what holds teams back from a customer-service initiative."),
                _("Choosing measures for teams, following them up, seeing whether they helped."),
                _("Not: judging or supervising single people. Nothing here can do that."),
            ),
        ),
    ]


def _what() -> list[Entry]:
    return [
        Entry(
            name=_("Categories of people"),
            article="30 (1) c",
            texts=(
                _("Employees who are invited."),
                _("Managers, HR, reviewers, trustees and administrators who have an account."),
            ),
        ),
        Entry(
            name=_("Categories of data"),
            article="30 (1) c",
            texts=(
                _("Roster: name, e-mail, personnel number, team, language."),
                _("Invitations: who was invited in which group."),
                _("Answers: sealed, without person, time or address, deleted at the counting."),
                _("Results: values of groups of at least five answers; comments without author."),
                _("Accounts: name, e-mail, role, language; an audit log of what they did."),
                _("Actions: who of the roster owns an action, and until when."),
            ),
        ),
        Entry(
            name=_("Special categories of data"),
            article="9",
            texts=(
                _("None are asked for. A comment may hold some; the reviewer changes or drops it."),
            ),
        ),
    ]


def _where(*, address: str) -> list[Entry]:
    return [
        Entry(
            name=_("Recipients"),
            article="30 (1) d",
            texts=(
                _("Inside: managers for their own units, HR for all, the reviewer for comments."),
                _("Mail: %(server)s") % {"server": _mail()},
            ),
            to_fill=_("who runs server, backups and mail; contracts with processors (Article 28)"),
        ),
        Entry(
            name=_("Transfers to third countries"),
            article="30 (1) e",
            texts=(
                _("None by the programme: its pages load nothing from elsewhere and send nothing."),
            ),
            to_fill=_("the same for those who run server, backups and mail"),
        ),
        Entry(
            name=_("System"),
            article="",
            texts=(
                _("Headwind at %(address)s, run by the organisation itself.")
                % {"address": address},
                _("Database: %(engine)s. Time zone: %(zone)s.")
                % {"engine": _database(), "zone": settings.TIME_ZONE},
            ),
            to_fill=_("place of the server and of the backups"),
        ),
    ]


def _how() -> list[Entry]:
    return [
        Entry(
            name=_("Time limits for erasure"),
            article="30 (1) f",
            texts=(_("The table on the page about retention."),),
            to_fill=_("how long assessments, plans, audit log and backups are kept"),
        ),
        Entry(
            name=_("Technical and organisational measures"),
            article="30 (1) g, 32",
            texts=(
                _("Answers are encrypted on arrival; the key lies outside database and backups."),
                _("Counting happens once; ballots, ledger and keys are deleted afterwards."),
                _("One gate with fixed thresholds decides what may be shown, for everybody."),
                _("No cookies, no log and no tracking on the pages of the survey."),
                _("Roles see what they need; a second factor is available; HR’s acts are logged."),
                _("Attacks that were tried, and what is not protected, are part of this package."),
            ),
            to_fill=_("access to the server, handling of keys, backups, updates, training"),
        ),
    ]


def _beyond() -> list[Entry]:
    return [
        Entry(
            name=_("Legal basis"),
            article="6, 88",
            to_fill=_("consent, works agreement or legitimate interest, with the reasoning"),
        ),
        Entry(
            name=_("Works agreement and participation of the works council"),
            article="",
            to_fill=_("date and name of the agreement; for Germany § 87 (1) 6 and § 94 BetrVG"),
        ),
        Entry(
            name=_("Data-protection impact assessment"),
            article="35",
            texts=(
                _("Threat model, thresholds and data model of this package can serve as its base."),
            ),
            to_fill=_("whether one is needed, its date and its result"),
        ),
        Entry(
            name=_("Rights of the people concerned"),
            article="12–22",
            texts=(
                _("HR can look up and correct roster data, and set people who left inactive."),
                _("A sent ballot cannot be found again, not even by its author: see Article 11."),
            ),
            to_fill=_("whom employees write to, and how people are erased from the roster"),
        ),
    ]


def _database() -> str:
    engine: Any = settings.DATABASES["default"]["ENGINE"]
    return "PostgreSQL" if "postgresql" in engine else "SQLite"


def _mail() -> str:
    if "smtp" in settings.EMAIL_BACKEND:
        return str(settings.EMAIL_HOST)
    return _("no mail server is set; mails stay in files on this machine")
