"""Crockford's base 32 as people read it: groups of four symbols, forgiving when typed. Pure."""

from __future__ import annotations

from surveys.codes import ALPHABET

_READ_AS = str.maketrans("OIL", "011")


class Malformed(ValueError):
    """What was typed has a wrong length or a symbol that does not exist."""


def written(number: int, symbols: int) -> str:
    """`number` in exactly that many symbols, such as `K7QF-2M9D-XH4T`; it has to fit."""
    if not 0 <= number < 1 << (5 * symbols):
        raise ValueError("the number does not fit")
    digits = [ALPHABET[(number >> 5 * place) & 31] for place in reversed(range(symbols))]
    return "-".join("".join(digits[start : start + 4]) for start in range(0, symbols, 4))


def read(typed: str, symbols: int) -> str:
    """The bare symbols of what was typed; case, spaces, hyphens and O, I, L are forgiven.

    Raises `Malformed`.
    """
    found = "".join(typed.upper().replace("-", " ").split()).translate(_READ_AS)
    if len(found) != symbols or any(symbol not in ALPHABET for symbol in found):
        raise Malformed
    return found
