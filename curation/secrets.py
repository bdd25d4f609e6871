"""Credential-like strings, found by detect-secrets' own detectors, line by line. What was found is never written down.

Only detectors of strings with a shape of their own are used. Those of high entropy or of words like `password` fire
on hashes, test data and prose. Nothing is verified online. Masked is what a detector names, and of a private key the
whole block, of which the detector names the first line alone.
"""

import re
from collections.abc import Iterator
from functools import cache

from detect_secrets.plugins.artifactory import ArtifactoryDetector
from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.private_key import PrivateKeyDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

from config import SecretsSettings
from curation.outcomes import Rejection

DETECTORS: tuple[type[RegexBasedDetector], ...] = (
    PrivateKeyDetector,
    AWSKeyDetector,
    GitHubTokenDetector,
    GitLabTokenDetector,
    SlackDetector,
    StripeDetector,
    OpenAIDetector,
    PypiTokenDetector,
    NpmDetector,
    SendGridDetector,
    TwilioKeyDetector,
    MailchimpDetector,
    SquareOAuthDetector,
    TelegramBotTokenDetector,
    DiscordBotTokenDetector,
    AzureStorageKeyDetector,
    ArtifactoryDetector,
    JwtTokenDetector,
    BasicAuthDetector,
)


# Holds the place of a credential; no detector takes it for one.
MASK = "REDACTED"
_KEY_BLOCK = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:(?!-----BEGIN )[^\0])*?"
    r"-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
)


def judge_secrets(text: str, settings: SecretsSettings) -> Rejection | None:
    """Reject a text with a credential-like string; the measured value is the name of the detector that found it."""
    found = find_secret(text) if settings.action == "reject" else None
    return Rejection("secret", found) if found else None


def find_secret(text: str) -> str | None:
    """Return the name of the first detector that finds something in a line, or None.

    >>> find_secret("-----BEGIN RSA PRIVATE KEY-----")
    'Private Key'
    """
    return next((detector.secret_type for detector, _, _ in _findings(text)), None)


def mask_secrets(text: str) -> tuple[str, int]:
    """Replace every credential-like string, and return the text and how many places were replaced."""
    if next(_findings(text), None) is None:
        return text, 0
    text, block_count = _KEY_BLOCK.subn(MASK, text)
    lines = text.splitlines(keepends=True)
    count = block_count
    # A longer string first, since a shorter one may be a part of it.
    for _, place, secret in sorted(_findings(text), key=lambda finding: -len(finding[2])):
        count += lines[place].count(secret)
        lines[place] = lines[place].replace(secret, MASK)
    return "".join(lines), count


def _findings(text: str) -> Iterator[tuple[RegexBasedDetector, int, str]]:
    """Yield every finding: its detector, the number of its line and the string."""
    for detector in _detectors():
        # The whole text is searched first because it is fast; a line decides, as the detectors were written for.
        if any(detector.analyze_string(text)):
            for place, line in enumerate(text.splitlines()):
                yield from ((detector, place, secret) for secret in detector.analyze_string(line) if secret != MASK)


@cache
def _detectors() -> tuple[RegexBasedDetector, ...]:
    return tuple(detector() for detector in DETECTORS)
