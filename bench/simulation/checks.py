"""A limit, what was found, and whether it holds; tables as lines of text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

WIDTH = 78


@dataclass(frozen=True)
class Check:
    """`known` says why a limit is missed on purpose; empty means it must hold.

    `is_naive`: the naive way, which is meant to miss it.
    """

    name: str
    found: str
    limit: str
    holds: bool
    is_naive: bool = False
    known: str = ""

    @property
    def is_as_meant(self) -> bool:
        return not self.holds if self.is_naive else self.holds or bool(self.known)

    def __str__(self) -> str:
        who = "naive way" if self.is_naive else "Headwind"
        verdict = "pass" if self.holds else "FAIL"
        line = f"  [{verdict}] {who}: {self.name}: {self.found} (limit {self.limit})"
        return f"{line}\n         known: {self.known}" if self.known and not self.holds else line


@dataclass
class Part:
    """One heading of the report with its lines and its checks."""

    title: str
    lines: list[str] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(["", self.title, "-" * min(WIDTH, len(self.title)), *self.lines]) + (
            "\n" + "\n".join(map(str, self.checks)) if self.checks else ""
        )


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Right-aligned columns; numbers are given as text."""
    cells = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    return [
        "  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in cells
    ]


def percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f} %"
