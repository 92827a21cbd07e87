"""Rows of the table of addresses: surveys."""

from tests.url_table import OPEN, Row, World



def scored(world: World) -> dict[str, object]:
    return {"pk": world.scored.pk}


ROWS: dict[str, Row] = {
    "respond:find": Row(OPEN),
    "respond:survey": Row(OPEN, arguments=scored),
    "respond:group": Row(OPEN, method="post", arguments=scored),
    "respond:sent": Row(OPEN, arguments=scored),
    "respond:stored": Row(OPEN, arguments=scored),
    "respond:counted": Row(OPEN, arguments=scored),
}
