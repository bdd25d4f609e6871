"""Credentials and addresses replaced in a text before it is hashed and signed, as `[curation.secrets]` asks."""

from config import SecretsSettings
from curation.personal_data import mask_personal_data
from curation.secrets import mask_secrets


def mask_text(text: str, settings: SecretsSettings) -> tuple[str, int]:
    """Return the text that everything after works on, and how many places were replaced."""
    count = 0
    if settings.action == "mask":
        text, count = mask_secrets(text)
    if settings.personal_data == "mask":
        text, address_count = mask_personal_data(text)
        count += address_count
    return text, count
