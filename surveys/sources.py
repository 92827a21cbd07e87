"""What is known of the sources over a whole assessment: how much each counts, how well its
statements measure it, how carefully people answered. For HR; never of a unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from resistance.importance import ImportanceBasis
from resistance.reliability import are_units_alike
from surveys.charts import percent, whole
from surveys.headlines import in_sentence, listing
from surveys.models import Assessment, SourceSummary
from surveys.weights import parts_in_words

WIDEST_SHARE = 40
"""Per cent at the right end of a bar of importance."""


@dataclass(frozen=True)
class Coefficient:
    """A value and its range, as text."""

    value: str
    span: str


@dataclass(frozen=True)
class SourceLine:
    """Shares in whole per cent; coefficients are None where too few people answered."""

    name: str
    importance: int | None
    bar: str
    stated: int | None
    derived: int | None
    alpha: Coefficient | None
    omega: Coefficient | None
    icc: float | None

    @property
    def is_alike(self) -> bool:
        """Units hardly differ on it."""
        return are_units_alike(self.icc)


@dataclass(frozen=True)
class Sources:
    heading: str
    lede: str
    lines: Sequence[SourceLine]
    basis: str
    parts: str

    @property
    def has_parts(self) -> bool:
        return self.basis in (ImportanceBasis.ASSESSMENT, ImportanceBasis.EARLIER)

    @property
    def has_stated(self) -> bool:
        return any(line.stated is not None for line in self.lines)

    @property
    def has_derived(self) -> bool:
        return any(line.derived is not None for line in self.lines)

    @property
    def has_alpha(self) -> bool:
        return any(line.alpha is not None for line in self.lines)

    @property
    def has_icc(self) -> bool:
        return any(line.icc is not None for line in self.lines)


def read_sources(assessment: Assessment) -> Sources:
    """One query. The sources that count most come first."""
    rows = list(
        SourceSummary.objects.filter(assessment=assessment)
        .select_related("source")
        .order_by("source__position")
    )
    rows.sort(key=lambda row: -(row.importance or 0.0))
    basis = next((row.importance_basis for row in rows), "") or ImportanceBasis.EQUAL.value
    return Sources(
        heading=_heading(rows, basis),
        lede=_lede(rows, basis),
        lines=[_line(row) for row in rows],
        basis=basis,
        parts=parts_in_words(rows),
    )


def _line(row: SourceSummary) -> SourceLine:
    share = None if row.importance is None else whole(100 * row.importance)
    return SourceLine(
        name=row.source.name,
        importance=share,
        bar=percent(min(100.0, 100 * (share or 0) / WIDEST_SHARE)),
        stated=None if row.stated_share is None else whole(100 * row.stated_share),
        derived=None if row.derived_share is None else whole(100 * row.derived_share),
        alpha=_coefficient(row.measured_alpha, row.alpha_low, row.alpha_high),
        omega=_coefficient(row.omega, row.omega_low, row.omega_high),
        icc=row.icc,
    )


def _coefficient(value: float | None, low: float | None, high: float | None) -> Coefficient | None:
    if value is None or low is None or high is None:
        return None
    span = _("%(low)s to %(high)s") % {"low": _decimals(low), "high": _decimals(high)}
    return Coefficient(_decimals(value), span)


def _decimals(value: float) -> str:
    """Two, with a real minus sign."""
    return number_format(value, decimal_pos=2).replace("-", "−")


def _heading(rows: Sequence[SourceSummary], basis: str) -> str:
    if not rows:
        return _("Nothing can be shown.")
    if basis == ImportanceBasis.EQUAL:
        return _("All sources count the same here.")
    names = [in_sentence(row.source.key, row.source.name) for row in rows[:2]]
    text = _("What counts most for the organisation: %(sources)s.")
    return text % {"sources": listing(names)}


def _lede(rows: Sequence[SourceSummary], basis: str) -> str:
    if not rows:
        return _("Too little is left once single people are protected.")
    if basis == ImportanceBasis.EQUAL:
        return _(
            "Fewer than eight units were counted and no larger assessment of the past 18 months "
            "could tell more, so plans weigh every source alike."
        )
    if basis == ImportanceBasis.EARLIER:
        return _(
            "Too few units to tell it here: taken from the last larger assessment of the past 18 "
            "months. Plans of all units use it."
        )
    return _("Told by everybody together and used by the plans of all units, never by team.")
