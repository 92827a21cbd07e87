"""HR's picture of the organisation: every reported unit by every source, in fixed colours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Min, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from resistance.models import Source
from surveys.charts import heat_step, is_wide, whole
from surveys.headlines import Ranked, answers_in_short, holds_back
from surveys.models import (
    Assessment,
    Certainty,
    SourceFinding,
    Unit,
    UnitKind,
    UnitTeam,
    Visibility,
)

PAGE_SIZE = 250
MOST_WAVES = 8
STANDS_OUT = (Certainty.CLEAR, Certainty.LIKELY)

# Narrow columns: a translation may hold soft hyphens.
COLUMNS = {
    "understanding": pgettext_lazy("column", "Understanding"),
    "attitudes": pgettext_lazy("column", "Attitudes"),
    "complacency": pgettext_lazy("column", "Complacency"),
    "leadership": pgettext_lazy("column", "Leadership"),
    "silos": pgettext_lazy("column", "Silos"),
    "fear_of_change": pgettext_lazy("column", "Fear of change"),
    "job_loss": pgettext_lazy("column", "Job loss"),
    "mistakes": pgettext_lazy("column", "Mistakes"),
    "tooling": pgettext_lazy("column", "Tools"),
    "training": pgettext_lazy("column", "Training"),
    "time": pgettext_lazy("column", "Time"),
}


@dataclass(frozen=True)
class Cell:
    """One source of one unit in points; `certainty` is empty unless clear or likely."""

    points: int
    heat: int
    is_wide: bool
    certainty: str


@dataclass(frozen=True)
class Row:
    """A reported unit; a cell is None where nothing may be shown."""

    name: str
    url: str
    answers: str
    cells: Sequence[Cell | None]


@dataclass(frozen=True)
class Block:
    """Rows below one larger unit, in the order of the organisation; the top has no name."""

    name: str
    url: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Overview:
    """`waves` are the counted assessments, the newest first; `chosen` is the one on the page."""

    heading: str
    lede: str
    chosen: Assessment | None = None
    waves: Sequence[Assessment] = ()
    columns: Sequence[str] = ()
    blocks: Sequence[Block] = ()
    page: Page[Unit] | None = field(default=None)

    @property
    def query(self) -> str:
        """What the address of another page of the table says besides its number."""
        return f"assessment={self.chosen.pk}" if self.chosen else ""

    @property
    def others(self) -> list[Assessment]:
        return [wave for wave in self.waves if wave != self.chosen]


def read_overview(wanted: str | None, page: str | None) -> Overview:
    """Seven queries, whatever the number of teams. `wanted`: an assessment's id, else the last."""
    waves = list(Assessment.objects.scored().full().order_by("-scored_at")[:MOST_WAVES])
    if not waves:
        return Overview(
            heading=_("Nothing has been counted yet."),
            lede=_("Results of all teams stand here after the first assessment."),
        )
    chosen = next((wave for wave in waves if str(wave.pk) == wanted), waves[0])
    sources = list(Source.objects.all())
    found = Paginator(_cells_of(chosen), PAGE_SIZE).get_page(page)
    cells = found.paginator.count
    return Overview(
        heading=_heading(chosen, sources, cells),
        lede=_lede(chosen, cells),
        chosen=chosen,
        waves=waves,
        columns=[str(COLUMNS.get(source.key, source.name)) for source in sources],
        blocks=_blocks(chosen, list(found), [source.key for source in sources]),
        page=found,
    )


def _cells_of(assessment: Assessment) -> QuerySet[Unit]:
    """The smallest units in the order of the organisation as it stood at opening."""
    return (
        Unit.objects.filter(assessment=assessment, is_cell=True)
        .select_related("parent")
        .annotate(first=Min("groups__members__position"))
        .order_by("first", "position")
    )


def _heading(assessment: Assessment, sources: Sequence[Source], cells: int) -> str:
    """Names the source that is clear or likely in most units."""
    if not cells:
        return _("Nothing can be shown.")
    named = SourceFinding.objects.filter(
        unit__assessment=assessment, unit__is_cell=True, certainty__in=STANDS_OUT
    )
    counts = dict(named.values_list("source").annotate(Count("pk")).order_by())
    if not counts:
        return _("No source stands out anywhere.")
    first = max(sources, key=lambda source: (counts.get(source.key, 0), -source.position))
    text = ngettext("%(part)s of %(all)s unit", "%(part)s of %(all)s units", cells)
    whom = text % {"part": counts[first.key], "all": cells}
    return holds_back(whom, [Ranked(first.key, first.name, 0, Certainty.CLEAR)])


def _lede(assessment: Assessment, cells: int) -> str:
    teams = UnitTeam.objects.filter(unit__assessment=assessment, unit__is_cell=True).aggregate(
        all=Count("team", distinct=True),
        shared=Count("team", distinct=True, filter=Q(unit__kind=UnitKind.MERGED)),
    )
    sentences = [
        _("%(part)s of %(all)s people answered.")
        % {"part": assessment.ballot_count, "all": assessment.invited_count},
        ngettext("%(count)s unit is reported.", "%(count)s units are reported.", cells)
        % {"count": cells},
    ]
    if teams["shared"]:
        text = ngettext(
            "%(shared)s of %(all)s team is shown with a neighbour, so that nobody stands alone.",
            "%(shared)s of %(all)s teams are shown with a neighbour, so that nobody stands alone.",
            teams["all"],
        )
        sentences.append(text % teams)
    return " ".join(sentences)


def _blocks(assessment: Assessment, units: Sequence[Unit], keys: Sequence[str]) -> list[Block]:
    found = _findings(units)
    blocks: list[tuple[Unit | None, list[Row]]] = []
    for unit in units:
        above = unit.parent
        if not blocks or blocks[-1][0] != above:
            blocks.append((above, []))
        cells = [found[unit.pk].get(key) for key in keys]
        blocks[-1][1].append(_row(unit, assessment, cells))
    return [
        Block(above.name, above.get_absolute_url(), rows) if above else Block("", "", rows)
        for above, rows in blocks
    ]


def _findings(units: Iterable[Unit]) -> Mapping[UUID, dict[str, Cell]]:
    cells: Mapping[UUID, dict[str, Cell]] = defaultdict(dict)
    shown = SourceFinding.objects.filter(unit__in=list(units)).exclude(
        visibility=Visibility.SUPPRESSED
    )
    for unit, source, raw, estimate, low, high, certainty in shown.values_list(
        "unit", "source", "raw", "estimate", "low", "high", "certainty"
    ):
        if raw is None or low is None or high is None:
            continue
        points = raw if estimate is None else estimate
        cells[unit][source] = Cell(
            points=whole(points),
            heat=heat_step(points),
            is_wide=is_wide(low, high),
            certainty=certainty.lower() if certainty in STANDS_OUT else "",
        )
    return cells


def _row(unit: Unit, assessment: Assessment, cells: Sequence[Cell | None]) -> Row:
    return Row(
        name=unit.name,
        url=unit.get_absolute_url(),
        answers=answers_in_short(
            unit.answers,
            few=assessment.few,
            is_shared=unit.kind == UnitKind.MERGED,
            has_ranking=unit.has_ranking,
        ),
        cells=cells,
    )
