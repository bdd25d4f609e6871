"""Texts with something planted in them, to measure by what is known to be there whether it is found. Always seeded."""

import random
import re
from collections.abc import Callable

Edit = Callable[[str, random.Random], str]

_NUMBER = re.compile(r"\b\d+\b")
_WORD_OR_REST = re.compile(r"\w+|\W+")
# Line widths and what stands before a line: a mail, a comment, a quotation.
_WIDTHS = (32, 48, 72)
_PREFIXES = ("", "> ", "# ", "  ")
# Words that take the place of others; they stand in no benchmark's question by more than chance.
_OTHER_WORDS = ("marble", "quickly", "lantern", "eastern", "counted", "silver", "Teodora", "basket")
# One word in so many is replaced in a text that is lightly edited, beside its numbers.
EDITED_EVERY = 15


def verbatim(text: str, draw: random.Random) -> str:  # noqa: ARG001 - every edit takes a draw
    """Return the text as it is."""
    return text


def rewrapped(text: str, draw: random.Random) -> str:
    """Return the text in lines of another width, each after a mark."""
    width, prefix = draw.choice(_WIDTHS), draw.choice(_PREFIXES)
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(prefix + line for line in lines)


def recased(text: str, draw: random.Random) -> str:
    """Return the text in capitals, small letters or with every word capitalised."""
    return draw.choice((str.upper, str.lower, str.title))(text)


def renumbered(text: str, draw: random.Random) -> str:
    """Return the text with every number replaced by another one."""
    return _NUMBER.sub(lambda found: str(draw.randrange(10 ** len(found[0])) + int(found[0]) + 1), text)


def edited(text: str, draw: random.Random, every: int = EDITED_EVERY) -> str:
    """Return the text with its numbers and one word in fifteen replaced."""
    first = draw.randrange(every)
    parts = _WORD_OR_REST.findall(renumbered(text, draw))
    places = [place for place, part in enumerate(parts) if part[0].isalnum() or part[0] == "_"]
    for place in places[first::every]:
        parts[place] = draw.choice(_OTHER_WORDS)
    return "".join(parts)


EDITS: dict[str, Edit] = {edit.__name__: edit for edit in (verbatim, rewrapped, recased, renumbered, edited)}


def planted_into(page: str, text: str, draw: random.Random) -> str:
    """Return a page with a text between two of its lines, or inside its one line."""
    lines = page.split("\n")
    if len(lines) < 2:
        middle = len(page) // 2
        return f"{page[:middle]} {text} {page[middle:]}"
    place = draw.randrange(1, len(lines))
    return "\n".join([*lines[:place], text, *lines[place:]])


def passage(text: str, fewest_words: int, most_words: int, draw: random.Random) -> str | None:
    """Return a run of so many words of a text as they stand there; nothing where it has too few."""
    words = list(re.finditer(r"\w+", text))
    count = draw.randint(fewest_words, most_words)
    if len(words) < count:
        return None
    first = draw.randrange(len(words) - count + 1)
    return text[words[first].start() : words[first + count - 1].end()]


def revised(text: str, share: float, draw: random.Random) -> str:
    """Return the text with about this share of its words replaced, each alone."""
    parts = _WORD_OR_REST.findall(text)
    places = [place for place, part in enumerate(parts) if part[0].isalnum() or part[0] == "_"]
    for place in draw.sample(places, round(share * len(places))):
        parts[place] = f"{draw.choice(_OTHER_WORDS)}{draw.randrange(1000)}"
    return "".join(parts)
