"""The tables of the package for the works council, read from catalogue, rules and assessments."""

from __future__ import annotations

import numpy as np
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from resistance.earlier import FEW_CHANGED
from resistance.indices import highest_code
from resistance.limits import MIN_INVITED_FOR_PARTICIPATION, STEP
from resistance.models import Source, Statement, StatementKind
from resistance.partition import MIN_INVITED
from resistance.shown import MIN_COMMENT, MIN_EXACT, MIN_SCORE
from surveys.models import Assessment, State
from surveys.pages import scale
from surveys.retention import retention_table
from surveys.review_counts import counted_units
from surveys.stored import StoredTable, stored_tables
from surveys.tables import Table
from surveys.threats import threats

FEWEST_OF_BAND = range(MIN_SCORE, MIN_EXACT)


def statements_table() -> Table:
    """Everything that is asked, in both languages, in the order of the catalogue."""
    rows = Statement.objects.current().select_related("source").order_by("position", "version")
    return Table(
        stem="statements",
        title=_("Statements and questions"),
        head=(
            _("Code"),
            _("Kind"),
            _("Source"),
            _("English"),
            _("German"),
            _("Agreeing means"),
            _("Form"),
        ),
        rows=[
            (
                f"{row.code} ({row.version})",
                row.get_kind_display(),
                row.source.name if row.source else "",
                row.text_en,
                row.text_de,
                _direction(row),
                _("short and long") if row.in_short_form else _("long only"),
            )
            for row in rows
        ],
    )


def _direction(statement: Statement) -> str:
    if statement.kind == StatementKind.OPEN:
        return ""
    return _("less resistance") if statement.is_asset else _("more resistance")


def blockers_table() -> Table:
    """The lines of “which three?”, one per source."""
    return Table(
        stem="blockers",
        title=_("“Which three hold us back most?”"),
        head=(_("Source"), _("English"), _("German")),
        rows=[(row.name, row.blocker_en, row.blocker_de) for row in Source.objects.all()],
    )


def scale_table() -> Table:
    return Table(
        stem="scale",
        title=_("Answers to choose from"),
        head=(_("Value"), _("Answer"), _("Points"), _("Points where agreeing means less")),
        rows=[
            *((int(x), word, 25 * (int(x) - 1), 25 * (5 - int(x))) for x, word in scale()),
            (None, _("I cannot say"), None, None),
        ],
    )


def rules_table() -> Table:
    """The thresholds with the value under which none can be set."""
    return Table(
        stem="thresholds",
        title=_("Thresholds"),
        head=(_("What it takes"), _("At least"), _("What happens below")),
        rows=[
            (
                _("people invited in a group"),
                MIN_INVITED,
                _("teams are put together before any mail"),
            ),
            (
                _("answers for any result"),
                MIN_SCORE,
                _("counted with a neighbour or in something larger; else nothing is shown"),
            ),
            (
                _("answers for exact values"),
                MIN_EXACT,
                _("“5–9 answers”; statements low, mixed or high; index in steps of five"),
            ),
            (_("answers for comments"), MIN_COMMENT, _("comments go to a larger unit or nowhere")),
            (
                _("people invited, for participation while the survey runs"),
                MIN_INVITED_FOR_PARTICIPATION,
                _("no participation is shown before the end"),
            ),
            (
                _("people by which a unit differs from one shown before"),
                FEW_CHANGED,
                _("only low, mixed or high, and the index in steps of five"),
            ),
        ],
    )


def end_codes_table() -> Table:
    """What an index of few answers is cut to; above it one insider would know too much."""
    highest = highest_code(np.array(FEWEST_OF_BAND))
    return Table(
        stem="end-codes",
        title=_("Ends of the index with few answers"),
        head=(_("Answers"), _("lowest value, stands for itself and less"), _("highest value")),
        rows=[
            (n, 100 - int(top), int(top)) for n, top in zip(FEWEST_OF_BAND, highest, strict=True)
        ],
    )


def participation_note() -> str:
    return _("Participation while the survey runs is one number per assessment and day, in steps of"
             " %(step)s percent.") % {"step": STEP}  # fmt: skip


def assessments_table() -> Table:
    """Per assessment its frozen thresholds and the three numbers that anybody can compare."""
    rows = (
        Assessment.objects.exclude(state=State.DRAFT)
        .select_related("source")
        .order_by("opens_at", "pk")
    )
    return Table(
        stem="assessments",
        title=_("Assessments of this installation"),
        head=(
            _("Initiative"),
            _("State"),
            _("Opened"),
            _("Invited in a group"),
            _("Any result"),
            _("Exact values"),
            _("Comments"),
            _("Invited"),
            _("Taken part"),
            _("Ballots"),
        ),
        rows=[
            (
                row.title,
                row.get_state_display(),
                localtime(row.opens_at).date() if row.opens_at else None,
                row.min_invited,
                row.min_score,
                row.min_exact,
                row.min_comment,
                row.invited_count,
                row.taken_part_count,
                row.ballot_count,
            )
            for row in rows
        ],
    )


def reviews_table() -> Table:
    """What the reviewer did, by unit; texts stand nowhere in the package."""
    return Table(
        stem="comment-review",
        title=_("Comments and their review"),
        head=(
            _("Assessment"),
            _("Unit"),
            _("Received"),
            _("Released as written"),
            _("Released after a change"),
            _("Dropped"),
            _("Waiting"),
        ),
        rows=[
            (
                unit.assessment.name,
                unit.name,
                counts.received,
                counts.released,
                counts.redacted,
                counts.dropped,
                counts.waiting,
            )
            for unit, counts in counted_units()
        ],
    )


def data_model_table() -> Table:
    """Every field in one list, for a spreadsheet."""
    return Table(
        stem="data-model",
        title=_("Every field about people and answers"),
        head=(_("Table"), _("What it is"), _("Field"), _("Kind"), _("Meaning"), _("Kept")),
        rows=[
            (table.name, table.title, field.name, field.kind, field.meaning, table.kept)
            for table in stored_tables()
            for field in table.fields
        ],
    )


def fields_table(table: StoredTable) -> Table:
    return Table(
        stem=table.name,
        title=table.title,
        head=(_("Field"), _("Kind"), _("Meaning")),
        rows=[(field.name, field.kind, field.meaning) for field in table.fields],
    )


def retention() -> Table:
    return Table(
        stem="retention",
        title=_("How long everything is kept"),
        head=(_("What"), _("Where"), _("Kept"), _("Removed by")),
        rows=[(row.what, row.where, row.kept, row.removed_by) for row in retention_table()],
    )


def threats_table() -> Table:
    return Table(
        stem="threat-model",
        title=_("Who could learn how one person answered"),
        head=(_("Somebody with"), _("Learns it?"), _("Why, and how far")),
        rows=[(row.who, str(row.verdict.label), row.why) for row in threats()],
    )
