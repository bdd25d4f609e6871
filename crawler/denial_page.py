"""Whether a web page, sent with the status 200 in place of what was asked for, says that access is denied.

arXiv's robot detection and proxies send such pages. arXiv's own (arxiv.org/denied.html) is headed "Access Denied" and
says that "accesses from your site have triggered our automatic robot detection system". Papers that are HTML exist,
though they come packed, so a page is a denial by its own words alone: a heading that no paper has, or that sentence.
"""

import re

from crawler.eprint import is_html

_PEEK_BYTES = 65_536
_HEADINGS = re.compile(rb"<(?:title|h[1-3])\b[^<>]*>([^<>]{0,300})", re.IGNORECASE)
# Graph theory has forbidden minors: "Forbidden" counts only where it is all there is.
_DENIED = re.compile(
    rb"\baccess (?:has been |is )?denied\b|\baccess to this \w+ (?:has been|is) denied\b|\btoo many requests\b"
    rb"|\brequest (?:blocked|rejected)\b|\battention required!|^\W*just a moment\W*$"
    rb"|^\W*(?:error\W+)?(?:403\W+)?forbidden\W*$",
    re.IGNORECASE,
)
_SENTENCES = re.compile(
    rb"automatic\s+robot\s+detection\s+system|automated\s+access\s+guidelines"
    rb"|you\s+do\s+not\s+currently\s+appear\s+to\s+have\s+permission",
    re.IGNORECASE,
)


def tells_denial(body: bytes) -> bool:
    """Tell whether what was sent is a web page that says that whoever asked is not let in."""
    if not is_html(body):
        return False
    start = body[:_PEEK_BYTES]
    return bool(_SENTENCES.search(start)) or any(_DENIED.search(heading) for heading in _HEADINGS.findall(start))
