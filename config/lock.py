"""Pins what requirements.in and requirements-dev.in name, with hashes, and keeps the reasons."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = "# Made by make lock from {source}; change that file instead.\n"
OPTIONS = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--quiet")
PRIVATE = ("--no-emit-index-url", "--no-emit-find-links", "--no-annotate")
NAME = re.compile(r"^([A-Za-z0-9._-]+)")


def main() -> None:
    reasons: dict[str, list[str]] = {}
    for stem in ("requirements", "requirements-dev"):
        source, target = f"{stem}.in", ROOT / f"{stem}.txt"
        reasons |= read_reasons(ROOT / source)
        command = [sys.executable, "-m", "uv", "pip", "compile", *OPTIONS, *PRIVATE]
        subprocess.run([*command, source, "--output-file", target.name], cwd=ROOT, check=True)
        lines = with_reasons(target.read_text(encoding="utf-8").splitlines(), reasons)
        target.write_text(HEAD.format(source=source) + "\n".join(lines) + "\n", encoding="utf-8")


def read_reasons(file: Path) -> dict[str, list[str]]:
    """The comment lines above each requirement, by its normalised name."""
    reasons, comment = {}, []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            comment.append(line)
        elif match := NAME.match(line):
            reasons[normal(match[1])] = comment
            comment = []
        else:
            comment = []
    return reasons


def with_reasons(lines: list[str], reasons: dict[str, list[str]]) -> list[str]:
    """Put each reason above its pin; what has none came along with another package."""
    found: list[str] = []
    for line in lines:
        match = NAME.match(line)
        found += reasons.get(normal(match[1]), []) if match else []
        found.append(line)
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
