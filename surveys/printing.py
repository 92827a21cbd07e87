"""What stands on the slips and on the poster, in the languages of the assessment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.dateformat import format as format_date
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.debug import sensitive_variables

from surveys import paper
from surveys.keystore import Keystore
from surveys.models import Assessment
from surveys.slips import Sheet, sheets_of

#: setting takes 5 ms a slip; a larger organisation downloads its groups one by one
MAX_AT_ONCE = 2000


def address() -> str:
    """Where a code is typed."""
    return f"{settings.BASE_URL}/b/"


def slips_context(assessment: Assessment) -> dict[str, Any]:
    """What the page of a running assessment says about slips: how many, never which were used."""
    sheets = sheets_of(assessment)
    count = sum(sheet.count for sheet in sheets)
    return {
        "slips": [(heading(sheet), sheet) for sheet in sheets],
        "slip_count": count,
        "slips_at_once": count <= MAX_AT_ONCE,
        "kiosk_address": f"{address()}?shared=1",
        "lost_slip": lost_slip(),
    }


@sensitive_variables()
def slips_pdf(assessment: Assessment, sheets: Sequence[Sheet]) -> bytes:
    """The slips of these sheets. Raises `paper.NotSet`, or `MissingKey` once the keys are gone."""
    with translation.override(assessment.languages[0]):
        return paper.slips_pdf(
            title=assessment.name,
            address=address(),
            picture=_("Square to scan: it holds the link with this code."),
            sheets=[_sheet(assessment, sheet) for sheet in sheets],
        )


def poster_pdf(assessment: Assessment) -> bytes:
    """One page for the wall. Raises `paper.NotSet`."""
    with translation.override(assessment.languages[0]):
        return paper.poster_pdf(
            title=assessment.name,
            address=address(),
            picture=_("Square to scan: it holds the address beside it."),
            words=[_poster(assessment, language) for language in assessment.languages],
        )


@sensitive_variables()
def _sheet(assessment: Assessment, sheet: Sheet) -> paper.Sheet:
    derived = Keystore(assessment.pk).codes_for(list(sheet.slips))
    place = f"{address()}{assessment.pk}/#"
    return paper.Sheet(
        heading=heading(sheet),
        notes=[_note(sheet, language) for language in assessment.languages],
        slips=[_slip(assessment, sheet, language) for language in assessment.languages],
        codes=[paper.Code(code, place + code) for code in sorted(derived.values())],
    )


def heading(sheet: Sheet) -> str:
    """The group's name, with what tells a later sheet from the first."""
    if not sheet.round:
        return sheet.name
    return _("%(group)s, people who joined later (%(number)s)") % {
        "group": sheet.name,
        "number": sheet.round,
    }


def _note(sheet: Sheet, language: str) -> paper.Words:
    with translation.override(language):
        return paper.Words(
            lang=language,
            title=ngettext(
                "For whoever hands out this %(n)s slip",
                "For whoever hands out these %(n)s slips",
                sheet.count,
            )
            % {"n": sheet.count},
            lines=(),
            steps=(
                _("Cut along the lines, fold each slip once, mix them in a bag or box."),
                _("Let everybody of this group without e-mail draw one, unseen."),
                _("Note nothing: not who drew, and not which slip."),
                _("Destroy what is left over, and this page."),
            ),
            small=(lost_slip(),),
        )


def _slip(assessment: Assessment, sheet: Sheet, language: str) -> paper.Words:
    with translation.override(language):
        return paper.Words(
            lang=language,
            title=assessment.name,
            lines=(
                _("Open {address} and type this code, or scan the square."),
                _("Until %(closes)s.") % {"closes": _closes(assessment)},
            ),
            steps=(),
            small=(
                _("Counted with: %(group)s.") % {"group": sheet.name},
                _(
                    "Drawn by chance: nobody knows who has which slip, so a lost one cannot be"
                    " replaced. Keep it; it is good for one time."
                ),
            ),
        )


def _poster(assessment: Assessment, language: str) -> paper.Words:
    with translation.override(language):
        return paper.Words(
            lang=language,
            title=_("%(name)s: what gets in the way?") % {"name": assessment.name},
            lines=(_("You know what stands in the way. Five minutes, no login, no name."),),
            steps=(
                _("Draw a slip: everybody of your group draws one, unseen."),
                _("Open the address below on any device, or scan the square."),
                _("Type the code of your slip."),
            ),
            small=(
                _("Until %(closes)s.") % {"closes": _closes(assessment)},
                _("Answering is voluntary. Nobody gets a list of who took part."),
                lost_slip(),
            ),
        )


def lost_slip() -> str:
    """Told everywhere before anybody asks, as there is nothing that could be done then."""
    return _(
        "A lost slip cannot be replaced: nobody can tell which one it was, and one more would let"
        " somebody answer twice."
    )


def _closes(assessment: Assessment) -> str:
    assert assessment.closes_at is not None
    moment = pgettext("date format", "l j F, H:i")
    return format_date(localtime(assessment.closes_at), moment)
