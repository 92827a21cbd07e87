"""What the fields that stay after the counting mean; the other half of `stored_texts`."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from surveys import models as stored
from surveys.stored_texts import (
    BOX,
    INVITATION,
    RANDOM_ID,
    ROW_NUMBER,
    SURVEY,
    WHICH_SURVEY,
    Description,
    Kept,
    Part,
)

UNIT = _("which unit it is about")
REASON = _("why it is coarse or not shown")
VISIBILITY = _("exact, rounded, only low, mixed or high, or not shown")

RESULT = (
    Description(
        model=stored.Unit,
        part=Part.RESULT,
        title=_("Unit"),
        purpose=_("Teams that are reported together, as the gate put them together."),
        kept=Kept.ASSESSMENT,
        meanings={
            "id": RANDOM_ID,
            "assessment": WHICH_SURVEY,
            "key": _("which groups it is made of"),
            "name": _("its name on pages"),
            "kind": _("a team, teams reported together, or larger"),
            "node": _("the smallest team that contains it"),
            "parent": _("the next larger unit"),
            "groups": _("the groups in it"),
            "teams": _("the teams in it"),
            "position": _("its place on pages"),
            "is_cell": _("whether it is one of the smallest units"),
            "invited": _("how many were invited"),
            "answers": _("how many answered, from ten on; empty stands for 5 to 9"),
            "has_ranking": _("whether enough answered for an order of sources"),
        },
    ),
    Description(
        model=stored.UnitTeam,
        part=Part.RESULT,
        title=_("Team of a unit"),
        purpose=_("Leads from a team to the unit it is reported in."),
        kept=Kept.ASSESSMENT,
        meanings={
            "id": ROW_NUMBER,
            "unit": _("the unit"),
            "team": _("the team"),
            "is_smallest": _("no smaller unit contains this team"),
        },
    ),
    Description(
        model=stored.SourceFinding,
        part=Part.RESULT,
        title=_("Finding about a source"),
        purpose=_("What may be shown of a source for a unit."),
        kept=Kept.ASSESSMENT,
        meanings={
            "id": ROW_NUMBER,
            "unit": UNIT,
            "source": _("which source"),
            "visibility": VISIBILITY,
            "reason": REASON,
            "raw": _("the value in points, whole or a multiple of five"),
            "end": _("the value stands for “or less” or “or more”"),
            "low": _("lower end of the range"),
            "high": _("upper end of the range"),
            "estimate": _("the value steadied by the other units"),
            "estimate_sd": _("how uncertain the estimate is"),
            "p_top3": _("how likely it is among the three strongest"),
            "certainty": _("the same as a word: clear, likely, open, no"),
        },
    ),
    Description(
        model=stored.StatementFinding,
        part=Part.RESULT,
        title=_("Finding about a statement"),
        purpose=_("What may be shown of a statement for a unit."),
        kept=Kept.ASSESSMENT,
        meanings={
            "id": ROW_NUMBER,
            "unit": UNIT,
            "statement": _("which statement"),
            "visibility": VISIBILITY,
            "reason": REASON,
            "answers": _("how many answered it, from ten on"),
            "mean": _("their mean to one decimal, from ten on"),
            "counts": _("how many chose each answer, from ten on"),
            "band": _("low, mixed or high"),
        },
    ),
    Description(
        model=stored.SourceSummary,
        part=Part.RESULT,
        title=_("Source over the whole assessment"),
        purpose=_("What the statistics of all units rest on."),
        kept=Kept.ASSESSMENT,
        meanings={
            "id": ROW_NUMBER,
            "assessment": WHICH_SURVEY,
            "source": _("which source"),
            "mean": _("mean over the units"),
            "between_sd": _("how much units differ"),
            "target": _("the level to aim at"),
            "variance": _("how much people differ within units"),
            "alpha": _("reliability of the source"),
            "inter_item_r": _("how closely its statements go together"),
            "icc": _("how much of the differences lies between units"),
            "basis": _("whether it was measured here, earlier, or is a default"),
            "blocker_share": _("share of everybody that named it as holding them back"),
        },
    ),
    Description(
        model=stored.Movement,
        part=Part.RESULT,
        title=_("How values move without action"),
        purpose=_("Tells what would have changed anyway between two surveys, from results alone."),
        kept=Kept.ASSESSMENT,
        meanings={
            "id": ROW_NUMBER,
            "earlier": _("the earlier survey"),
            "later": _("the later survey"),
            "pairs": _("how many results of units on which nobody acted it rests on"),
            "drift": _("how much people’s answers move without any cause"),
            "slopes": _("how much of a difference is left later"),
            "trends": _("how each source moved where nobody acted"),
        },
    ),
    Description(
        model=stored.Comparison,
        part=Part.RESULT,
        title=_("Comparison of a unit"),
        purpose=_("Which earlier unit of the same teams it is compared with."),
        kept=Kept.ASSESSMENT,
        meanings={
            "id": ROW_NUMBER,
            "unit": _("the unit"),
            "earlier": _("the earlier unit"),
            "has_different_people": _(
                "whether so many were newly invited that nothing is compared"
            ),
        },
    ),
    Description(
        model=stored.ChangeFinding,
        part=Part.RESULT,
        title=_("Change of a source"),
        purpose=_("How far a result moved between two surveys, from both results alone."),
        kept=Kept.ASSESSMENT,
        meanings={
            "id": ROW_NUMBER,
            "comparison": _("which comparison"),
            "source": _("which source"),
            "difference": _("the later value less the earlier one, in points"),
            "low": _("lower end of the range of the difference"),
            "high": _("upper end of the range of the difference"),
            "p": _("how likely such a difference is by chance"),
            "q": _("the same, with regard to how many sources are looked at"),
            "is_change": _("whether it may be called a change"),
            "is_named": _("whether the plan was about this source"),
        },
    ),
    Description(
        model=stored.ReceiptList,
        part=Part.RESULT,
        title=_("List of receipts"),
        purpose=_("Lets everybody check that their ballot was counted, not how it was filled in."),
        kept=Kept.ASSESSMENT,
        meanings={
            "id": ROW_NUMBER,
            "assessment": WHICH_SURVEY,
            "listed": _("the fingerprints of all receipts, sorted"),
        },
    ),
    Description(
        model=stored.Comment,
        part=Part.RESULT,
        title=_("Comment"),
        purpose=_("A comment at one unit. No author, time or score; readable after a review."),
        kept=Kept.ASSESSMENT,
        meanings={
            "id": _("a random number; comments stand in its order"),
            "unit": _("the one unit at which it is shown"),
            "statement": _("the open question that it answers"),
            "text": _("the text; after a change only the changed one, after dropping none"),
            "readers": _("who may read it, as its author chose"),
            "state": _("waiting for review, released or dropped"),
            "is_redacted": _("whether the reviewer changed the text"),
            "names_found": _("words in the text that are names of the roster, for the reviewer"),
        },
    ),
)

DESCRIPTIONS: tuple[Description, ...] = (*BOX, *INVITATION, *SURVEY, *RESULT)
