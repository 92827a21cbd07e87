"""Reads the tables of docs/scoring.md that are marked as worked examples."""

from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "scoring.md"


def read_example(name: str) -> list[dict[str, str]]:
    """The rows of the first table after the mark `name`, by column title."""
    _, mark, rest = PAGE.read_text(encoding="utf-8").partition(f"<!-- worked example: {name} -->")
    assert mark, f"no worked example {name!r} in {PAGE.name}"
    lines = rest[rest.index("\n|") + 1 :].split("\n")
    table = [_cells(line) for line in lines[: _table_length(lines)]]
    return [dict(zip(table[0], row, strict=True)) for row in table[2:]]


def read_numbers(name: str) -> list[dict[str, float]]:
    """As `read_example`, with every cell a number."""
    return [{key: float(cell) for key, cell in row.items()} for row in read_example(name)]


def _table_length(lines: list[str]) -> int:
    return next((i for i, line in enumerate(lines) if not line.startswith("|")), len(lines))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
