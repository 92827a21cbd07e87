"""What the attacks found, held against the limits: a table, and figures for the documents."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

FIGURES = Path(__file__).parents[2] / "docs" / "attack-figures.json"
KEY = "oracle"
WORDS = {
    "hidden": "hidden_groups",
    "answers": "answers_recovered",
    "indices": "indices_recovered",
    "blockers": "blockers_recovered",
    "asked1": "asked_by_one_insider",
    "certain1": "certain",
    "asked2": "asked_by_two_insiders",
    "certain2": "certain_by_two",
    "undecided": "undecided",
}
LEAST_BARE = 25.0
MOST_BY_TWO = 2.0
HEAD = (
    f"{'people':>6} {'answers':<12} {'companies':>9} {'hidden':>7} {'answers':>8} {'index':>7} "
    f"{'blocker':>8} {'one insider':>14} {'two':>14} {'undecided':>9}"
)


@dataclass(frozen=True)
class Line:
    """What one kind of company gave away."""

    people: int
    kind: str
    companies: int
    found: Counter[str]

    def __str__(self) -> str:
        found = self.found
        insiders = [f"{found[f'certain{n}']} of {found[f'asked{n}']}" for n in (1, 2)]
        return (
            f"{self.people:>6} {self.kind:<12} {self.companies:>9} {found['hidden']:>7} "
            f"{found['answers']:>8} {found['indices']:>7} {found['blockers']:>8} "
            f"{insiders[0]:>14} {insiders[1]:>14} {found['undecided']:>9}"
        )


@dataclass(frozen=True)
class Limit:
    """A figure, what it must be, and whether it is."""

    name: str
    value: float
    rule: str
    holds: bool

    def __str__(self) -> str:
        return f"{'ok' if self.holds else 'MISSED':<7} {self.name}: {self.value:g} ({self.rule})"


@dataclass(frozen=True)
class Planted:
    """What the attacker won where leaks were planted."""

    bare: Counter[str]
    unrounded: Counter[str]
    without_rule: Counter[str]


def total(lines: Sequence[Line]) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in lines:
        found += line.found
    return found


def percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def limits_of(planted: Planted, found: Counter[str]) -> list[Limit]:
    bare = percent(planted.bare["answers"], planted.bare["hidden"])
    unrounded, left = planted.unrounded["certain1"], planted.without_rule["certain1"]
    recovered = sum(found[what] for what in ("answers", "indices", "blockers"))
    hidden = percent(recovered, found["hidden"])
    one, two = found["certain1"], percent(found["certain2"], found["asked2"])
    return [
        _at_least("planted: % of hidden groups under a bare threshold", bare, LEAST_BARE),
        _at_least("planted: certain under unrounded indices", unrounded, 1),
        _at_least("planted: certain about who came or left, without the wave rule", left, 1),
        _at_most("% of hidden groups recovered", hidden, 0),
        _at_most("certain of a colleague, one insider", one, 0),
        _at_most("% certain of a colleague, two insiders", two, MOST_BY_TWO),
    ]


def _at_least(name: str, value: float, least: float) -> Limit:
    return Limit(name, value, f"at least {least:g}", value >= least)


def _at_most(name: str, value: float, most: float) -> Limit:
    return Limit(name, value, f"at most {most:g}", value <= most)


def figures_of(
    lines: Sequence[Line], planted: Planted, limits: Sequence[Limit], today: date
) -> dict[str, object]:
    return {
        "date": today.isoformat(),
        "limits": [
            {"name": x.name, "value": x.value, "rule": x.rule, "holds": x.holds} for x in limits
        ],
        "planted": {
            name: {words: found[what] for what, words in WORDS.items() if what in found}
            for name, found in vars(planted).items()
        },
        "companies": [
            {"people": line.people, "kind": line.kind, "companies": line.companies}
            | {words: line.found[what] for what, words in WORDS.items()}
            for line in lines
        ],
    }


def write_figures(figures: dict[str, object], path: Path = FIGURES) -> None:
    """Put the figures beside those of other attacks."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known[KEY] = figures
    text = json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
