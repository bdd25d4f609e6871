"""What Unix compress writes, as a plain loop: no tool for it is on every machine."""


class _Codes:
    """Codes packed lowest bit first, in groups of eight that are filled up where the width changes."""

    def __init__(self, max_width: int) -> None:
        self.packed = bytearray(b"\x1f\x9d" + bytes([0x80 | max_width]))
        self._max_width = max_width
        self._group: list[int] = []
        self.width, self.code_count = 9, 0

    def put(self, code: int) -> None:
        self._group.append(code)
        self.code_count += 1
        if len(self._group) == 8:
            self.end_group()
        # The reader's table: 256 bytes, the code that clears it, and one entry for each code but the first.
        if 257 + self.code_count - 1 == 1 << self.width and self.width < self._max_width:
            self.end_group(is_filled=True)
            self.width += 1

    def clear(self) -> None:
        self._group.append(256)
        self.end_group(is_filled=True)
        self.width, self.code_count = 9, 0

    def end_group(self, *, is_filled: bool = False) -> None:
        bits = sum(code << number * self.width for number, code in enumerate(self._group))
        codes = 8 if is_filled and self._group else len(self._group)
        self.packed += bits.to_bytes((codes * self.width + 7) // 8, "little")
        self._group = []


def compress(content: bytes, max_width: int = 16, codes_per_table: int | None = None) -> bytes:
    """Return a `.Z` file; `codes_per_table` is how often the table is emptied, which compress does as it sees fit."""
    codes, table, word = _Codes(max_width), _roots(), b""
    for value in content:
        longer = word + bytes([value])
        if longer in table:
            word = longer
            continue
        codes.put(table[word])
        if len(table) + 1 < 1 << max_width:
            table[longer] = len(table) + 1
        word = longer[-1:]
        if codes.code_count == codes_per_table:
            codes.clear()
            table = _roots()
    if word:
        codes.put(table[word])
    codes.end_group()
    return bytes(codes.packed)


def _roots() -> dict[bytes, int]:
    # 256 is no entry: it clears the table. So an entry's code is one more than how many there are.
    return {bytes([value]): value for value in range(256)}
