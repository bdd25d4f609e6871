"""The protocols Freshpress ships: how a text becomes tokens, windows and bits, spelled out field by field.

`protocol_id` is the name and a hash of everything else, so that bits counted in two ways never meet by accident.
`score_version` rises only when the bits of a known-answer test move.
"""

from collections.abc import Sequence

from scoring.windows import require_legal
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
# What a codec is shown before a text; its hash follows.
AFTER_DICTIONARY = "dictionary"
DICTIONARY_NAME = "codec_dictionary"
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


def paper_protocol(name: str, window_tokens: int, stride_tokens: int) -> Protocol:
    """Return a protocol that scores the texts of a source as one packed stream, as the seed's code does."""
    return make_protocol(
        name,
        window_tokens=window_tokens,
        stride_tokens=stride_tokens,
        packing=SOURCE_STREAM,
        encoding=TOKENIZER_DEFAULT,
        start_token=NO_START,
        first_token=FIRST_IS_CONTEXT,
    )


def lm_eval_protocol(name: str, window_tokens: int, stride_tokens: int) -> Protocol:
    """Return a protocol that scores each text alone as lm-evaluation-harness does: windows follow one another."""
    if stride_tokens != window_tokens:
        message = f"protocol {name} is like lm_eval, whose windows follow one another, and has stride {stride_tokens}"
        raise ScoringError(f"{message} with window {window_tokens}; make the two equal")
    return make_protocol(
        name,
        window_tokens=window_tokens,
        stride_tokens=stride_tokens,
        packing=EACH_DOCUMENT,
        encoding=LM_EVAL,
        start_token=START_FIRST_WINDOW,
        first_token=FIRST_IS_SCORED,
    )


def codec_protocol(name: str, *, packing: str = EACH_DOCUMENT, start_token: str = NO_START) -> Protocol:
    """Return a protocol for codecs, which read bytes and have no windows."""
    return make_protocol(
        name,
        window_tokens=None,
        stride_tokens=None,
        packing=packing,
        encoding=UTF8,
        start_token=start_token,
        first_token=FIRST_IS_SCORED,
    )


def dictionary_protocol(dictionary_sha256: str) -> Protocol:
    """Return the protocol of texts that a codec compresses after a dictionary, which the id names by its hash."""
    return codec_protocol(DICTIONARY_NAME, start_token=f"{AFTER_DICTIONARY}_{dictionary_sha256[:16]}")


PROTOCOLS: tuple[Protocol, ...] = (
    document_protocol("document", 1900, 512),
    document_protocol("document_512", 512, 128),
    paper_protocol("paper", 1900, 512),
    # The harness takes each model's own maximum for a window, so its numbers of two models may differ by window
    # alone. A protocol must be one thing for all models: 2048, the harness's own default where a model states no
    # maximum. Equal to `lm_eval --model_args …,max_length=2048`.
    lm_eval_protocol("lm_eval", 2048, 2048),
    codec_protocol("codec"),
    codec_protocol("codec_stream", packing=SOURCE_STREAM),
    # Scores bear the id of `dictionary_protocol`, which names what a codec was shown.
    codec_protocol(DICTIONARY_NAME, start_token=AFTER_DICTIONARY),
)


# The procedures that a protocol of a user's may be like: all but those of codecs, which have no window.
PROCEDURES = {"document": document_protocol, "paper": paper_protocol, "lm_eval": lm_eval_protocol}


def own_protocol(name: str, like: str, window_tokens: int, stride_tokens: int) -> Protocol:
    """Return a protocol of a user's: a shipped procedure with a window and stride of its own, in tokens.

    The name of a shipped protocol is refused: one name would then stand for two ways of counting.
    """
    if name in {protocol.name for protocol in PROTOCOLS}:
        raise ScoringError(f"{name} is a protocol that Freshpress ships; give yours another name")
    require_legal(window_tokens, stride_tokens)
    return PROCEDURES[like](name, window_tokens, stride_tokens)


def find_protocol(name: str, own: Sequence[Protocol] = ()) -> Protocol:
    """Return the protocol of this name or id, shipped or among a user's own, or say which there are."""
    for protocol in (*PROTOCOLS, *own):
        if name in (protocol.name, protocol.protocol_id):
            return protocol
    names = ", ".join(protocol.name for protocol in (*PROTOCOLS, *own))
    raise ScoringError(f"there is no protocol {name!r}; choose one of {names}")
