"""PDF files that are cut and handed out: what stands on them, and the process that sets them.

Typst keeps what it has set for the life of a process. Codes have no place there, so each file is
set by a process of its own, which gets everything on its standard input and writes no file.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.views.decorators.debug import sensitive_variables

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 120


@dataclass(frozen=True)
class Code:
    """A code as it is typed, and the address that carries it behind a `#`."""

    text: str
    link: str


@dataclass(frozen=True)
class Words:
    """What a slip or a poster says in one language; `lang` is its code."""

    lang: str
    title: str
    lines: Sequence[str]
    steps: Sequence[str]
    small: Sequence[str]


@dataclass(frozen=True)
class Sheet:
    """The slips of one group: a note for whoever hands them out, then the slips in this order."""

    heading: str
    notes: Sequence[Words]
    slips: Sequence[Words]
    codes: Sequence[Code]


class NotSet(Exception):
    """The file could not be made; the message holds no code."""


@sensitive_variables()
def slips_pdf(*, title: str, address: str, picture: str, sheets: Sequence[Sheet]) -> bytes:
    """Cut-out slips, a page or more per sheet; `address` is where codes are typed.

    `picture` describes the squares to those who cannot see them. Raises `NotSet`.
    """
    content = {"title": title, "address": address, "picture": picture}
    return _set("slips", {**content, "sheets": [asdict(sheet) for sheet in sheets]})


def poster_pdf(*, title: str, address: str, picture: str, words: Sequence[Words]) -> bytes:
    """One A4 page for the wall, with the address where codes are typed. Raises `NotSet`."""
    content = {"title": title, "address": address, "picture": picture}
    return _set("poster", {**content, "words": [asdict(each) for each in words]})


@sensitive_variables()
def _set(template: str, content: Mapping[str, Any]) -> bytes:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "surveys.paper.typeset", template],
            input=json.dumps(content).encode(),
            cwd=ROOT,
            capture_output=True,
            check=True,
            timeout=SECONDS,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise NotSet(type(error).__name__) from None
    return done.stdout
