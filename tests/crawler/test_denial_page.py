"""Web pages in place of what was asked for: those that deny, and papers that are HTML."""

import pytest

from crawler.denial_page import tells_denial

# As arXiv's own page begins (arxiv.org/denied.html).
ARXIV = b"""<!DOCTYPE html><html><head><title>Access Denied</title></head><body><h1>Access Denied</h1>
<p>Accesses from your site have triggered our automatic robot
detection system.</p></body></html>"""


@pytest.mark.parametrize(
    "body",
    [
        ARXIV,
        ARXIV.replace(b"Access Denied", b"arXiv.org"),
        b"<html><head><title>403 Forbidden</title></head>",
        b"<html><title>Forbidden</title>",
        b"<html><h1>Error 403 - Forbidden</h1>",
        b"<!-- x --><html><body><h1 class='a'>Access to this resource is denied</h1>",
        b"<html><title>Just a moment...</title>",
        b"<html><title>Attention Required! | Cloudflare</title>",
        b"<html><title>Too Many Requests</title>",
        b"<html><title>Request Rejected</title>",
        b"<html><p>Sadly, you do not currently appear to have permission to access this address.",
    ],
)
def test_a_page_that_denies_says_so(body: bytes) -> None:
    assert tells_denial(body)


@pytest.mark.parametrize(
    "body",
    [
        b"<html><title>Forbidden minors of planar graphs</title>",
        b"<html><title>On access control</title><body>Where access is denied, a forbidden state follows.</body>",
        b"<html><head><title>Sets</title></head><body><h1>Sets</h1></body></html>",
        b"\\documentclass{article} % Access Denied",
        b"Access Denied",
        b"",
    ],
)
def test_a_paper_is_no_denial(body: bytes) -> None:
    assert not tells_denial(body)
