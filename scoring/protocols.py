"""The protocols Freshpress ships: how a text becomes tokens, windows and bits, spelled out field by field.

`protocol_id` is the name and a hash of everything else, so that bits counted in two ways never meet by accident.
`score_version` rises only when the bits of a known-answer test move.
"""

from storage.errors import ScoringError
from storage.records import Protocol, content_id

SCORE_VERSION = 1

# Packing: what shares a context. Encoding: who decides the ids. Start token: what stands before the first target.
EACH_DOCUMENT = "each_document"
SOURCE_STREAM = "source_stream"
PLAIN_TEXT = "plain_text"
TOKENIZER_DEFAULT = "tokenizer_default"
LM_EVAL = "lm_eval"
UTF8 = "utf8"
START_EVERY_WINDOW = "bos_else_eos_every_window"
START_FIRST_WINDOW = "bos_else_eos_first_window"
NO_START = "none"
FIRST_IS_SCORED = "scored"
FIRST_IS_CONTEXT = "context"


def make_protocol(
    name: str,
    *,
    window_tokens: int | None,
    stride_tokens: int | None,
    packing: str,
    encoding: str,
    start_token: str,
    first_token: str,
    score_version: int = SCORE_VERSION,
) -> Protocol:
    """Return the protocol with its id, name@hash of every other field."""
    fields = (window_tokens, stride_tokens, packing, encoding, start_token, first_token, score_version)
    return Protocol(f"{name}@{content_id(*map(str, fields))[:12]}", name, *fields)


def document_protocol(name: str, window_tokens: int, stride_tokens: int) -> Protocol:
    """Return a protocol that scores each text alone, every token of it, behind a start token."""
    return make_protocol(
        name,
        window_tokens=window_tokens,
        stride_tokens=stride_tokens,
        packing=EACH_DOCUMENT,
        encoding=PLAIN_TEXT,
        start_token=START_EVERY_WINDOW,
        first_token=FIRST_IS_SCORED,
    )


PROTOCOLS: tuple[Protocol, ...] = (
    document_protocol("document", 1900, 512),
    document_protocol("document_512", 512, 128),
    make_protocol(
        "paper",
        window_tokens=1900,
        stride_tokens=512,
        packing=SOURCE_STREAM,
        encoding=TOKENIZER_DEFAULT,
        start_token=NO_START,
        first_token=FIRST_IS_CONTEXT,
    ),
    # The harness takes each model's own maximum for a window, so its numbers of two models may differ by window
    # alone. A protocol must be one thing for all models: 2048, the harness's own default where a model states no
    # maximum. Equal to `lm_eval --model_args …,max_length=2048`.
    make_protocol(
        "lm_eval",
        window_tokens=2048,
        stride_tokens=2048,
        packing=EACH_DOCUMENT,
        encoding=LM_EVAL,
        start_token=START_FIRST_WINDOW,
        first_token=FIRST_IS_SCORED,
    ),
    make_protocol(
        "codec",
        window_tokens=None,
        stride_tokens=None,
        packing=EACH_DOCUMENT,
        encoding=UTF8,
        start_token=NO_START,
        first_token=FIRST_IS_SCORED,
    ),
)


def find_protocol(name: str) -> Protocol:
    """Return the protocol of this name or id, or say which there are."""
    for protocol in PROTOCOLS:
        if name in (protocol.name, protocol.protocol_id):
            return protocol
    names = ", ".join(protocol.name for protocol in PROTOCOLS)
    raise ScoringError(f"there is no protocol {name!r}; choose one of {names}")
