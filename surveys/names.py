"""Finding the roster's names in what somebody wrote, so that the reviewer sees them. Pure.

Names are only marked, never replaced by themselves: a name may be a word, and a word a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

SHORTEST = 3
WORD = re.compile(r"[^\W\d_]+")


def parts_of_names(names: Iterable[str]) -> frozenset[str]:
    """First, last and double-barrelled names one by one, folded for comparison."""
    parts = (part for name in names for part in WORD.findall(name.casefold()))
    return frozenset(part for part in parts if len(part) >= SHORTEST)


def names_written(text: str, names: frozenset[str]) -> list[str]:
    """The words of the text that are such a name, also with an s behind it; each once, sorted."""
    return sorted({word for word in WORD.findall(text) if _is_name(word.casefold(), names)})


def _is_name(word: str, names: frozenset[str]) -> bool:
    return word in names or (len(word) > SHORTEST and word.removesuffix("s") in names)
