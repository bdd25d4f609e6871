"""Names of models that nobody registered: all of them, where they stand, and which registered names come near."""

import difflib
from collections.abc import Iterable, Mapping

# So many are written out in the sentence that refuses a file; a whole leaderboard would be pages of names.
LISTED_NAMES = 50


SKIP_THEM = ", or leave them out with --skip-unknown-models"


def unknown_models(places: Mapping[str, str], aliases: Iterable[str], skip: str = SKIP_THEM) -> str:
    """Return the sentence that refuses a file; `places` maps each unknown name to where it first stands."""
    registered = list(aliases)
    (first, place), *others = places.items()
    listed = ", ".join(
        f"{name!r} ({_short(at)}{near_names(name, registered, '; ')})" for name, at in others[:LISTED_NAMES]
    )
    more = f" and {len(others) - LISTED_NAMES} more" if len(others) > LISTED_NAMES else ""
    near = near_names(first, registered, "")
    return (
        f"{place}: the model {first!r} is not registered{f' ({near})' if near else ''}"
        f"{f'; neither are {listed}{more}' if others else ''}; "
        f"register with `freshpress models add` or `freshpress models import`, or use a registered name{skip}."
    )


def near_names(name: str, registered: Iterable[str], before: str = "; ") -> str:
    """Return a question after the nearest registered name, nothing where none is near; case does not part names."""
    by_folded = {one.casefold(): one for one in registered}
    close = difflib.get_close_matches(name.casefold(), by_folded, n=1)
    return f"{before}did you mean {by_folded[close[0]]!r}?" if close else ""


def _short(place: str) -> str:
    """Return a place without its file, which the sentence has named."""
    _, _, line = place.rpartition(":")
    return f"line {line}" if line.isdigit() else place.rpartition(", ")[2]
