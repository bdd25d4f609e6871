"""What web pages are written in, by the names of Python's codecs.

The WHATWG Encoding Standard's, and kin of them that w3lib says. Python knows codecs under other labels ("idna",
"unicode_escape", "utf-7") that fail anyhow or give what is no text.
"""

import codecs

_WEB_ENCODINGS = frozenset(
    {
        *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii", "cp866", "cp874", "tis-620", "koi8-r", "koi8-u"),
        *(f"iso8859-{part}" for part in range(1, 17)),
        *(f"cp125{page}" for page in range(9)),
        *("mac-roman", "mac-cyrillic", "gb2312", "gbk", "gb18030", "hz", "big5", "big5hkscs", "cp950"),
        *("shift_jis", "cp932", "euc_jp", "iso2022_jp", "euc_kr", "cp949", "iso2022_kr"),
    }
)


def is_web_encoding(name: str) -> bool:
    """Tell whether pages are written in the encoding of this name."""
    try:
        return codecs.lookup(name).name in _WEB_ENCODINGS
    except LookupError:
        return False
