"""Rows of the table of addresses: surveys."""

from tests.factories import make_comment
from tests.url_table import EVERYONE, OPEN, Row, World


def scored(world: World) -> dict[str, object]:
    return {"pk": world.scored.pk}


def draft(world: World) -> dict[str, object]:
    return {"pk": world.draft.pk}


def running(world: World) -> dict[str, object]:
    return {"pk": world.open.pk}


def commented_unit(world: World) -> dict[str, object]:
    make_comment(unit=world.unit)
    return {"pk": world.unit.pk}


ROWS: dict[str, Row] = {
    "respond:find": Row(OPEN),
    "respond:survey": Row(OPEN, arguments=scored),
    "respond:group": Row(OPEN, method="post", arguments=scored),
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
    "surveys:assessment_extend": Row("hr", arguments=running),
    "surveys:assessment_resend": Row("hr", arguments=running),
    "surveys:assessment_joiners": Row("hr", arguments=running),
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
