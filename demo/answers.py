"""What the origin sends back: one plain record, whichever source it stands for."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """One HTTP answer, whole."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "text/plain; charset=utf-8"


def as_json(value: object, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Write a value as the JSON body of an answer."""
    return Answer(status, json.dumps(value, indent=2).encode(), headers, "application/json; charset=utf-8")


NOT_FOUND = Answer(404, b"Not Found")
