"""Reads QR codes as a phone does, to test what is printed: byte mode, level M, versions 4 to 6."""

import re

#: version → (blocks, data codewords per block) at level M, from ISO/IEC 18004, table 9
BLOCKS = {4: (2, 32), 5: (2, 43), 6: (4, 27)}
MASKS = {2: lambda _row, column: column % 3 == 0}


def modules_of(svg, border=4):
    """The dark modules of segno's SVG path, as rows of booleans without the quiet zone."""
    size = int(re.search(r'viewBox="0 0 (\d+) \d+"', svg)[1]) - 2 * border
    rows = [[False] * size for _row in range(size)]
    column, row = 0, 0
    for verb, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", svg):
        if verb == "M":
            column, row = int(first), int(float(second))
        elif verb == "m":
            column, row = column + int(first), row + int(float(second))
        else:
            for place in range(column, column + int(first)):
                rows[row - border][place - border] = True
            column += int(first)
    return rows


def text_of(rows, mask):
    """The bytes that the modules hold, as text; errors are not corrected, as nothing is dirty."""
    size = len(rows)
    blocks, length = BLOCKS[(size - 17) // 4]
    codewords = list(_codewords(rows, MASKS[mask]))[: blocks * length]
    content = b"".join(bytes(codewords[block::blocks]) for block in range(blocks))
    bits = "".join(f"{byte:08b}" for byte in content)
    assert bits[:4] == "0100", "not in byte mode"
    count = int(bits[4:12], 2)
    return int(bits[12 : 12 + 8 * count], 2).to_bytes(count, "big").decode()


def _codewords(rows, masks):
    bits = [
        rows[row][column] ^ masks(row, column)
        for row, column in _walk(len(rows))
        if not _is_pattern(row, column, len(rows))
    ]
    for start in range(0, len(bits) - 7, 8):
        yield int("".join(str(int(bit)) for bit in bits[start : start + 8]), 2)


def _walk(size):
    """Pairs of columns from the right, up and down in turn, past the timing column."""
    rights = [column - (column <= 6) for column in range(size - 1, 0, -2)]
    for turn, right in enumerate(rights):
        for step in range(size):
            row = step if turn % 2 else size - 1 - step
            yield row, right
            yield row, right - 1


def _is_pattern(row, column, size):
    corner = (row < 9 and (column < 9 or column >= size - 8)) or (row >= size - 8 and column < 9)
    aligned = abs(row - (size - 7)) <= 2 and abs(column - (size - 7)) <= 2
    return corner or aligned or 6 in (row, column)
