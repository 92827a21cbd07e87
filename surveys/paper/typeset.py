"""The process that sets one PDF: content as JSON on standard input, the file on standard output."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import segno
import typst

HERE = Path(__file__).resolve().parent
#: codes are random, so every mask is as good; trying all eight takes half of the time
MASK = 2
QUIET_ZONE = 4


def square(link: str) -> str:
    """A QR code as SVG, one unit per module."""
    made = segno.make(link, error="m", mask=MASK, micro=False)
    return made.svg_inline(border=QUIET_ZONE, svgclass=None, lineclass=None, omitsize=True)


def prepared(content: dict[str, Any]) -> dict[str, Any]:
    """The content with a square beside each link."""
    for sheet in content.get("sheets", ()):
        for code in sheet["codes"]:
            code["square"] = square(code["link"])
    return {**content, "square": square(content["address"])}


def typeset(template: str, content: dict[str, Any]) -> bytes:
    """A tagged PDF that meets PDF/UA-1, with the fonts that come with Typst."""
    made = typst.compile(
        (HERE / f"{template}.typ").read_bytes(),
        sys_inputs={"content": json.dumps(prepared(content))},
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
    )
    assert isinstance(made, bytes)
    return made


if __name__ == "__main__":
    sys.stdout.buffer.write(typeset(sys.argv[1], json.load(sys.stdin)))
