"""What an attack reached, noted for `make attack`; the tests assert whether or not it is noted."""

from __future__ import annotations

import json
import os
from pathlib import Path

from django.db import connection


def noted(name: str, linked: int) -> int:
    """`linked`, after adding a line to the file that the environment names, if any."""
    path = os.environ.get("ATTACK_FIGURES")
    if path:
        row = {"database": connection.vendor, "attack": name, "linked": linked, "people": 200}
        with Path(path).open("a") as file:
            file.write(json.dumps(row) + "\n")
    return linked
