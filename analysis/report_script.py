"""The page's script and the policy that lets nothing but it run and nothing at all be fetched."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from markupsafe import Markup

# What `default-src` does not cover.
_BEYOND_DEFAULT = ("base-uri 'none'", "form-action 'none'")
_SCRIPT = Path(__file__).with_name("templates") / "page.js"


def page_script() -> Markup:
    """Return the script, which is ours and goes into the page as it is."""
    return Markup(_script())  # noqa: S704 - our own file


def content_policy() -> str:
    """Return the Content-Security-Policy of every page: this very script may run, and nothing be fetched."""
    digest = b64encode(sha256(_script().encode()).digest()).decode()
    rules = ("default-src 'none'", f"script-src 'sha256-{digest}'", "style-src 'unsafe-inline'", *_BEYOND_DEFAULT)
    return "; ".join(rules)


def _script() -> str:
    return _SCRIPT.read_text(encoding="utf-8")
