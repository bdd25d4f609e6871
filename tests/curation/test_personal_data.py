"""Addresses of people and machines: found, told from what only looks like them, masked before anything is measured."""

import pytest

from curation.candidate import curate_document
from curation.masking import mask_text
from curation.near_duplicates import minhash_values
from curation.outcomes import Rejection
from curation.personal_data import find_personal_data, judge_personal_data, mask_personal_data
from storage.records import text_sha256

# In pieces, so that no scanner takes them for somebody's.
EMAIL = "jane.doe+news" + "@harbour-town.co.uk"
IPV4, IPV6 = "185.199." + "108.153", "2606:50c0" + ":8000::153"


@pytest.mark.parametrize(
    ("text", "masked", "count"),
    [
        (f"Write to {EMAIL}.", "Write to email@example.com.", 1),
        (f"<{EMAIL}>, mailto:{EMAIL}", "<email@example.com>, mailto:email@example.com", 2),
        (f"__author__ = '{EMAIL}'\n", "__author__ = 'email@example.com'\n", 1),
        (f"ping {IPV4} and {IPV6}!", "ping 192.0.2.1 and 2001:db8::1!", 2),
        (f"http://{IPV4}:8080/x", "http://192.0.2.1:8080/x", 1),
        (f"[{IPV6}]:443", "[2001:db8::1]:443", 1),
        (f"The host is {IPV4}.", "The host is 192.0.2.1.", 1),
    ],
)
def test_addresses_are_replaced_by_ones_that_belong_to_nobody(text, masked, count):
    assert mask_personal_data(text) == (masked, count)
    assert mask_personal_data(masked) == (masked, 0)
    assert find_personal_data(text) in ("e-mail address", "IP address")


@pytest.mark.parametrize(
    "text",
    [
        "someone@example.com, a@b.example, root@localhost, x@host.test",
        "git clone git@github.com:owner/name.git",
        "https://user@host.com/path and https://name:word@host.com/",
        "a = x@y.dot(z); b = x@y.T; c = self.w@x.shape",
        "@someone on @site.com, price@ 5.99, a@b",
        "127.0.0.1, 10.1.2.3, 192.168.1.1, 0.0.0.0, 255.255.255.255",
        "the network 185.199.108.0/22 and 2606:50c0::/32",
        "version 4.0.30319.1, v1.2.3.4, Release: 9.8.7.6",
        "1.2.3.4.5, 2021.03.04.05, 300.1.2.3, 01.02.03.04",
        "12:30:45, 00:1B:44:11:3A:B7, std::vector, a[1::2], ::1, fe80::1",
    ],
)
def test_what_only_looks_like_an_address_stays(text):
    assert mask_personal_data(text) == (text, 0)
    assert find_personal_data(text) is None


def test_a_text_with_an_address_is_rejected_where_that_is_asked_for(settings):
    rejecting = settings.secrets.model_copy(update={"personal_data": "reject"})
    rejection = judge_personal_data(f"Write to {EMAIL}", rejecting)
    assert rejection == Rejection("personal_data", "e-mail address")
    assert EMAIL not in repr(rejection)
    assert judge_personal_data(f"ping {IPV4}", rejecting) == Rejection("personal_data", "IP address")
    assert judge_personal_data("nobody here", rejecting) is None
    assert judge_personal_data(EMAIL, settings.secrets) is None


@pytest.mark.parametrize(
    ("action", "personal_data", "count"),
    [("mask", "mask", 2), ("mask", "off", 1), ("off", "mask", 1), ("reject", "reject", 0), ("off", "off", 0)],
)
def test_what_is_masked_is_what_the_settings_ask_for(settings, action, personal_data, count):
    asked = settings.secrets.model_copy(update={"action": action, "personal_data": personal_data})
    masked, masked_count = mask_text(f"{EMAIL} AKIA" + "IOSFODNN7EXAMPLQ", asked)
    assert masked_count == count
    assert (EMAIL in masked) == (personal_data != "mask")
    assert ("AKIA" in masked) == (action != "mask")


def test_text_hash_and_signature_are_of_the_masked_text(make_raw, context):
    code = "import math\n\n\ndef catch(nets):\n" + "".join(f"    v_{n} = math.floor(nets / {n})\n" for n in range(9))
    raw = make_raw("github", "a.py", f"# by {EMAIL}, {EMAIL}\n{code}")
    made = curate_document(raw, context)
    assert made.verdict.is_kept
    assert made.document.text == f"# by email@example.com, email@example.com\n{code}"
    assert made.document.masked_count == 2
    assert made.document.char_count == len(made.document.text)
    assert made.document.text_sha256 == made.signature.text_sha256 == text_sha256(made.document.text)
    assert made.signature.hash_values == minhash_values(made.document.text, context.settings.duplicates)
    assert EMAIL not in repr(made)


@pytest.mark.timeout(20)  # a pattern that goes back takes longer by far
@pytest.mark.parametrize("part", ["a.", "a@", "a@a.", "1.", ":", "a", "-@", "a-"])
def test_long_runs_of_what_addresses_are_made_of_are_read_once(part):
    assert mask_personal_data(part * 100_000)[1] == 0
