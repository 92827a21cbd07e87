"""Rows of the table of addresses: surveys."""

from uuid import UUID

from surveys.keystore import Keystore
from surveys.models import ReceiptList, Slip
from tests.factories import make_comment, make_group
from tests.url_table import EVERYONE, OPEN, Row, World


def scored(world: World) -> dict[str, object]:
    return {"pk": world.scored.pk}


def draft(world: World) -> dict[str, object]:
    return {"pk": world.draft.pk}


def entrusted(world: World) -> dict[str, object]:
    return {"pk": world.entrusted.pk}


def waiting_for_code(world: World) -> dict[str, object]:
    return {"pk": world.waiting_for_code.pk}


def running(world: World) -> dict[str, object]:
    return {"pk": world.open.pk}


def commented_unit(world: World) -> dict[str, object]:
    make_comment(unit=world.unit)
    return {"pk": world.unit.pk}


def with_receipts(world: World) -> dict[str, object]:
    ReceiptList.objects.get_or_create(assessment=world.scored, listed="")
    return {"pk": world.scored.pk}


def on_paper(world: World) -> dict[str, object]:
    """A running assessment with a slip."""
    group = make_group(assessment=world.open, node=world.open.nodes.get(), number=0)
    Slip.objects.create(id=UUID(int=1), assessment=world.open, group=group)
    Keystore(world.open.pk).create()
    return {"pk": world.open.pk}


ROWS: dict[str, Row] = {
    "respond:find": Row(OPEN),
    "respond:survey": Row(OPEN, arguments=scored),
    "respond:group": Row(OPEN, method="post", arguments=scored),
    "respond:sign": Row(OPEN, method="post", arguments=scored),
    "respond:cast": Row(OPEN, method="post", arguments=scored),
    "respond:keys": Row(OPEN, arguments=scored),
    "respond:check": Row(OPEN, arguments=scored),
    "respond:receipts": Row(OPEN, arguments=scored),
    "respond:receipt_file": Row(OPEN, arguments=with_receipts),
    "respond:sent": Row(OPEN, arguments=scored),
    "respond:stored": Row(OPEN, arguments=scored),
    "respond:counted": Row(OPEN, arguments=scored),
    "surveys:assessments": Row(EVERYONE),
    "surveys:assessment": Row("manager hr", arguments=running),
    "surveys:wizard_new": Row("manager other_manager hr"),
    "surveys:wizard_initiative": Row("manager hr", arguments=draft),
    "surveys:wizard_teams": Row("manager hr", arguments=draft),
    "surveys:wizard_groups": Row("manager hr", arguments=draft),
    "surveys:wizard_dates": Row("manager hr", arguments=draft),
    "surveys:wizard_check": Row("manager hr", arguments=draft),
    "surveys:wizard_thresholds": Row("manager hr", method="post", arguments=draft),
    "surveys:wizard_preview": Row("manager hr", arguments=draft),
    "surveys:assessment_open": Row("manager hr", method="post", arguments=draft),
    "surveys:assessment_delete": Row("manager hr", method="post", arguments=draft),
    "surveys:assessment_close": Row("manager hr", method="post", arguments=running),
    "surveys:assessment_remind": Row("manager hr", method="post", arguments=running),
    "surveys:assessment_retry": Row("manager hr", method="post", arguments=running),
    "surveys:assessment_back": Row("manager hr", arguments=entrusted),
    "surveys:assessment_give_up": Row("hr", arguments=waiting_for_code),
    "surveys:wizard_keys": Row("manager hr", method="post", arguments=draft),
    "surveys:trustee_list": Row("trustee"),
    "surveys:trustee": Row("trustee", arguments=entrusted),
    "surveys:trustee_code": Row("trustee", method="post", arguments=entrusted),
    "surveys:trustee_confirm": Row("trustee", method="post", arguments=entrusted),
    "surveys:trustee_unlock": Row("trustee", method="post", arguments=entrusted),
    "surveys:assessment_extend": Row("hr", arguments=running),
    "surveys:assessment_resend": Row("hr", arguments=running),
    "surveys:assessment_joiners": Row("hr", arguments=running),
    "surveys:slips": Row("manager hr", arguments=on_paper),
    "surveys:slips_of_group": Row(
        "manager hr", arguments=lambda world: {**on_paper(world), "number": 0, "when": 0}
    ),
    "surveys:poster": Row("manager hr", arguments=running),
    "surveys:sources": Row("hr", arguments=scored),
    "surveys:results_list": Row(EVERYONE),
    "surveys:results": Row("manager hr", arguments=lambda world: {"pk": world.unit.pk}),
    "surveys:comments": Row("reviewer"),
    "surveys:comment_unit": Row("reviewer", arguments=commented_unit),
    "surveys:comment_undo": Row("reviewer", method="post", arguments=commented_unit),
    "surveys:outbox": Row(""),
    "surveys:package": Row("hr"),
    "surveys:package_download": Row("hr", arguments=lambda _world: {"language": "en"}),
    "surveys:method": Row(OPEN),
    "surveys:privacy": Row(OPEN),
}
