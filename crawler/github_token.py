"""The one GitHub token of this operator: read from GITHUB_TOKEN, sent to the API, kept nowhere."""

import os
import re

from storage.errors import ConfigError

VARIABLE = "GITHUB_TOKEN"


def read_token() -> str | None:
    """Return the token, or None where there is none. Several tokens in one variable are refused, never tried."""
    token = os.environ.get(VARIABLE, "").strip()
    if not token:
        return None
    # Its value must not be shown, not even when it is wrong.
    if not re.fullmatch(r"[!-~]+", token) or re.search(r"[,;]", token):
        raise ConfigError(
            f"{VARIABLE} holds something other than one token: white space, commas, semicolons or characters beyond "
            f"ASCII; set it to one token (GitHub's terms forbid to share several to pass its limits) or unset it."
        )
    return token
