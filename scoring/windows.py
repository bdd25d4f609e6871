"""Which tokens are charged in which forward pass: pure functions from a token count to ranges.

Every protocol's ranges are disjoint and in order, so no token is ever paid for twice. `document` and `lm_eval`
ranges partition all tokens; `paper` leaves out what the published procedure leaves out.
"""

from dataclasses import dataclass

from storage.errors import ScoringError


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens [score_from, score_to) are charged; the model sees tokens [context_from, score_to − 1)."""

    context_from: int
    score_from: int
    score_to: int


def document_windows(token_count: int, window: int, stride: int) -> list[Window]:
    """Return the ranges of one text alone: a first range up to the whole window, then one stride each.

    A start token stands before every window, so a window shows at most `window` ids.

    >>> document_windows(10, window=4, stride=3)
    [Window(context_from=0, score_from=0, score_to=4), Window(context_from=3, score_from=4, score_to=7), \
Window(context_from=6, score_from=7, score_to=10)]
    """
    require_legal(window, stride)
    windows: list[Window] = []
    score_from = 0
    while score_from < token_count:
        score_to = min(token_count, score_from + (stride if windows else window))
        windows.append(Window(max(0, score_to - window), score_from, score_to))
        score_from = score_to
    return windows


def paper_windows(id_count: int, window: int, stride: int) -> list[Window]:
    """Return the ranges of one packed stream, as the seed's code walks it (PAPER.md §1).

    Windows of `window` + 1 ids start every `stride`. The first charges all its ids but the first, each later one
    its last `stride`. The very first id and up to stride − 1 ids at the end are never charged; a stream shorter
    than `window` + 1 ids has no window.

    >>> paper_windows(9, window=4, stride=2)
    [Window(context_from=0, score_from=1, score_to=5), Window(context_from=2, score_from=5, score_to=7), \
Window(context_from=4, score_from=7, score_to=9)]
    """
    require_legal(window, stride)
    starts = range(0, id_count - window, stride)
    return [Window(start, start + (window + 1 - stride if start else 1), start + window + 1) for start in starts]


def lm_eval_windows(token_count: int, window: int) -> list[Window]:
    """Return the ranges of lm-evaluation-harness (`get_rolling_token_windows`, `make_disjoint_window`).

    Ranges of `window` tokens follow one another; the first is preceded by the prefix token, each later one by one
    token of context, except the last, which the harness fills up with context to `window` ids.

    >>> lm_eval_windows(10, window=4)
    [Window(context_from=0, score_from=0, score_to=4), Window(context_from=3, score_from=4, score_to=8), \
Window(context_from=5, score_from=8, score_to=10)]
    """
    require_legal(window, window)
    starts = range(0, token_count, window)
    ranges = [(start, min(token_count, start + window)) for start in starts]
    return [Window(max(0, score_to - window - 1), score_from, score_to) for score_from, score_to in ranges]


def require_legal(window: int, stride: int) -> None:
    """Refuse a window or stride that would leave a token without a forward pass."""
    if not 1 <= stride <= window:
        message = f"stride {stride} with window {window} cannot charge every token; choose 1 ≤ stride ≤ window"
        raise ScoringError(message)
