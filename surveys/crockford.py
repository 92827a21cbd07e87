"""Crockford's base 32 as people read it: groups of four symbols, forgiving when typed. Pure."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("OIL", "011")
#: as Python writes the same digits; U stands for none
_AS_PYTHON = str.maketrans(ALPHABET + "U", "0123456789abcdefghijklmnopqrstuv!")


class Malformed(ValueError):
    """What was typed has a wrong length or a symbol that does not exist."""


def written(number: int, symbols: int) -> str:
    """`number` in exactly that many symbols, such as `K7QF-2M9D-XH4T`; it has to fit."""
    if not 0 <= number < 1 << (5 * symbols):
        raise ValueError("the number does not fit")
    digits = "".join(ALPHABET[(number >> 5 * place) & 31] for place in reversed(range(symbols)))
    return "-".join(digits[start : start + 4] for start in range(0, symbols, 4))


def bare(typed: str) -> str:
    """What was typed in capitals, without spaces and hyphens."""
    return "".join(typed.upper().replace("-", " ").split())


def forgive(symbols: str) -> str:
    """Letters that are mistaken for digits, as the digits they stand for."""
    return symbols.translate(_READ_AS)


def read(typed: str, symbols: int) -> str:
    """The bare symbols of what was typed; case, spaces, hyphens and O, I, L are forgiven.

    Raises `Malformed`.
    """
    found = forgive(bare(typed))
    if len(found) != symbols:
        raise Malformed
    number_of(found)
    return found


def number_of(symbols: str) -> int:
    """The number that bare symbols write. Raises `Malformed`."""
    if not (symbols.isascii() and symbols.isalnum()):
        raise Malformed
    try:
        return int(symbols.translate(_AS_PYTHON), 32)
    except ValueError as error:
        raise Malformed from error
