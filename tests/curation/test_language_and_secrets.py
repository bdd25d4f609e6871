"""Languages nobody asked for, and strings that open doors."""

import pytest

from curation.language import identify_language, judge_language
from curation.outcomes import Rejection
from curation.secrets import DETECTORS, find_secret, judge_secrets, mask_secrets

GERMAN = "Der Hafen wurde nach dem Sturm wieder aufgebaut, und die Stadt bezahlte das meiste davon. " * 3
ENGLISH = "The harbour was rebuilt after the storm, and the town paid for most of it in the end. " * 3


def test_other_languages_are_rejected_by_their_code(settings):
    assert judge_language(identify_language(GERMAN, 200), settings) == Rejection("other_language", "de", "en")
    assert judge_language(identify_language(ENGLISH, 200), settings) is None


def test_short_texts_are_not_asked_for_their_language(settings):
    assert identify_language(GERMAN[:199], 200) is None
    assert identify_language(GERMAN[:200], 200) == "de"
    assert judge_language(None, settings) is None


# Made up, put together here so that no scanner takes this file for a leak.
SECRETS = {
    "AWS Access Key": "AKIA" + "IOSFODNN7EXAMPLQ",
    "Private Key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "GitHub Token": "ghp_" + "a1B2" * 9,
    "Slack Token": "xoxb-" + "123456789012-abcdefabcdef",
    "Stripe Access Key": "sk_live_" + "0123456789abcdefghijABCD",
    "Basic Auth Credentials": "https://someone:" + "hunter2@example.org/",
    "JSON Web Token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl",
}


@pytest.mark.parametrize(("detector", "secret"), SECRETS.items())
def test_a_credential_is_rejected_by_its_detectors_name_alone(settings, detector, secret):
    text = f"first = 1\n# key: {secret}\nlast = 2\n"
    rejection = judge_secrets(text, settings.secrets)
    assert rejection == Rejection("secret", detector)
    assert secret not in repr(rejection)


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH,
        "password = getpass()\napi_key = os.environ['KEY']\n",
        "sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'\n",
        "see https://example.org:8080/a@b and https://example.org/@someone for more\n",
        "commit 3f786850e387550fdab836ed7e6dc881de23001b\n",
    ],
)
def test_hashes_passwords_from_elsewhere_and_plain_links_are_no_secrets(text):
    assert find_secret(text) is None


def test_the_search_can_be_switched_off(settings):
    off = settings.secrets.model_copy(update={"action": "off"})
    assert judge_secrets(SECRETS["GitHub Token"], off) is None


@pytest.mark.parametrize(("detector", "secret"), SECRETS.items())
def test_a_masked_credential_is_gone_and_counted(detector, secret):
    masked, count = mask_secrets(f"first = 1\nkey = '{secret}'  # {secret}\r\nlast = 2")
    assert count == 2
    assert "REDACTED" in masked
    assert find_secret(masked) is None
    assert masked.startswith("first = 1\nkey = '")
    assert masked.endswith("\r\nlast = 2")
    assert ("hunter2" if detector == "Basic Auth Credentials" else secret) not in masked
    assert mask_secrets(masked) == (masked, 0)


def test_of_a_private_key_the_whole_block_is_masked():
    block = ["-----BEGIN RSA " + "PRIVATE KEY-----", "MIIEow" + "IBAAKCAQEA", "-----END RSA " + "PRIVATE KEY-----"]
    assert mask_secrets('key = "' + "\\n".join(block) + '"\n') == ('key = "REDACTED"\n', 1)
    assert mask_secrets("\n".join(block + block)) == ("REDACTED\nREDACTED", 2)


def test_what_is_masked_is_not_rejected_and_what_holds_nothing_stays_as_it_is(settings):
    masking = settings.secrets.model_copy(update={"action": "mask"})
    assert judge_secrets(SECRETS["GitHub Token"], masking) is None
    assert mask_secrets(ENGLISH) == (ENGLISH, 0)


def test_no_detector_goes_by_entropy_or_keywords():
    assert not {"HexHighEntropyString", "Base64HighEntropyString", "KeywordDetector"} & {d.__name__ for d in DETECTORS}
