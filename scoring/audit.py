"""Bits are bits: texts coded by a model's own probabilities, decoded again, and the code as long as the score says.

A text is cut to some tokens, coded token by token and decoded by what sees the code and the model alone. It passes if
it comes back byte for byte and its code is within 0.1 % + 64 bits of what the batch scorer charges for it. The 64 bits
are for the number of tokens and the coder's last word.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from scoring import devices
from scoring.document import measure_documents
from scoring.encode import TokenIds, altered_byte_count, encode_plain_texts, find_start_token
from scoring.entropy_code import Predictor, coder_name, decode_ids, encode_ids
from scoring.log_probabilities import TokenMeter
from scoring.models import LoadedModel, ModelSource, load_model
from scoring.next_token import NextToken
from scoring.protocols import EACH_DOCUMENT, FIRST_IS_SCORED, PLAIN_TEXT, START_EVERY_WINDOW
from scoring.texts import Text
from scoring.windows import document_windows
from storage.errors import InputError, ScoringError
from storage.records import Audit, Protocol, utc_now

MAX_EXCESS_SHARE = 0.001
MAX_EXCESS_BITS = 64


@dataclass(frozen=True, slots=True)
class ScoredText:
    """A text and the row that is audited: its bits, and the run that counted them."""

    text: Text
    total_bits: float
    scoring_run_id: str


@dataclass(frozen=True, slots=True)
class AuditOutcome:
    """What was audited, and why other texts were passed over."""

    audits: list[Audit]
    notes: list[str]


def audit_texts(
    scored: Iterable[ScoredText],
    source: ModelSource,
    protocol: Protocol,
    *,
    count: int,
    audit_tokens: int,
    device: str,
    dtype: str,
    batch_tokens: int,
    on_text: Callable[[int], None],
) -> AuditOutcome:
    """Audit the first `count` texts that can be; one that the tokenizer alters cannot come back and is noted."""
    require_auditable(protocol)
    place = devices.pick_device(device)
    model = load_model(source, place, devices.pick_dtype(dtype, place), protocol.window_tokens)
    auditor = Auditor(TokenMeter(model, batch_tokens), protocol, audit_tokens)
    outcome = AuditOutcome([], [])
    for some in scored:
        if len(outcome.audits) == count:
            break
        audit = auditor.audit(some)
        if isinstance(audit, str):
            outcome.notes.append(audit)
        else:
            outcome.audits.append(audit)
            on_text(len(outcome.audits))
    return outcome


def require_auditable(protocol: Protocol) -> None:
    """Refuse protocols whose bits are not those of one text's tokens, each after a start token and the text itself."""
    kind = (protocol.packing, protocol.encoding, protocol.start_token, protocol.first_token)
    if kind != (EACH_DOCUMENT, PLAIN_TEXT, START_EVERY_WINDOW, FIRST_IS_SCORED):
        message = f"texts scored by {protocol.name} cannot be decoded one by one: it reads a text after other texts, or"
        raise ScoringError(f"{message} leaves tokens uncharged, or encodes in its own way; audit protocol document")


def is_sound(audit: Audit) -> bool:
    """Tell whether a text came back and its code is as long as its score says."""
    limit = MAX_EXCESS_SHARE * audit.scored_bits + MAX_EXCESS_BITS
    return audit.is_restored and abs(audit.coded_bits - audit.scored_bits) <= limit


def complaint(audit: Audit) -> str:
    """Say what is wrong with an audit that is not sound."""
    if not audit.is_restored:
        return f"{audit.document_id}: its {audit.token_count} tokens do not come back from the code"
    limit = f"{MAX_EXCESS_SHARE:.1%} + {MAX_EXCESS_BITS} bits apart at most"
    return f"{audit.document_id}: coded in {audit.coded_bits} bits, scored {audit.scored_bits:.1f}; {limit}"


class Auditor:
    """A loaded model that codes and decodes texts by a protocol of the kind of `document`."""

    def __init__(self, meter: TokenMeter, protocol: Protocol, audit_tokens: int) -> None:
        self._meter, self._protocol, self._audit_tokens = meter, protocol, audit_tokens
        self._tokenizer = meter.model.tokenizer

    def audit(self, scored: ScoredText) -> Audit | str:
        """Return the audit of one text, or why there is none."""
        text, ids = cut_text(self._tokenizer, scored.text.text, self._audit_tokens)
        if lost := altered_byte_count(self._tokenizer, text, ids):
            told = f"{scored.text.document_id} cannot be audited with {self._meter.model.model_id}"
            return f"{told}: its tokenizer alters {lost} of {len(text.encode())} bytes"
        code = encode_ids(ids.tolist(), predictor(self._meter.model, self._protocol))
        restored = decode_text(self._meter.model, self._protocol, code, self._audit_tokens)
        return Audit(
            scoring_run_id=scored.scoring_run_id,
            document_id=scored.text.document_id,
            text_sha256=scored.text.text_sha256,
            token_count=len(ids),
            byte_count=len(text.encode()),
            # A row that is there is audited itself; a text that was cut is charged anew.
            scored_bits=scored.total_bits
            if text == scored.text.text
            else self._batch_bits(replace(scored.text, text=text)),
            coded_bits=8 * len(code),
            is_restored=restored == text.encode(),
            coder=coder_name(),
            audited_at=utc_now(),
        )

    def _batch_bits(self, cut: Text) -> float:
        (measured,) = measure_documents(self._meter, self._protocol, [cut])
        return measured.total_bits


def decode_text(model: LoadedModel, protocol: Protocol, code: bytes, most_tokens: int) -> bytes | None:
    """Return the text of a code in UTF-8, from the code and the model alone; None where it is the code of none."""
    try:
        ids = decode_ids(code, predictor(model, protocol), most_tokens)
    except InputError:
        return None
    text: str = model.tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
    return text.encode()


def predictor(model: LoadedModel, protocol: Protocol) -> Predictor:
    """Return what predicts the tokens of a text, given how many there are: that decides its windows."""
    assert protocol.window_tokens is not None
    assert protocol.stride_tokens is not None
    start_token = find_start_token(model.tokenizer)
    window, stride = protocol.window_tokens, protocol.stride_tokens
    return lambda count: NextToken(model, start_token, document_windows(count, window, stride))


def cut_text(tokenizer: Any, text: str, most_tokens: int) -> tuple[str, TokenIds]:
    """Return the longest beginning of a text that is at most so many tokens, between two characters, and its ids."""

    def ids_of(char_count: int) -> TokenIds:
        return encode_plain_texts(tokenizer, [text[:char_count]])[0]

    # A longer beginning first, since texts may be far longer than what is audited of them.
    upper = most_tokens
    while upper < len(text) and len(ids_of(upper)) <= most_tokens:
        upper *= 2
    counts = range(min(upper, len(text)) + 1)
    end = bisect_right(counts, most_tokens, key=lambda char_count: len(ids_of(char_count))) - 1
    return text[:end], ids_of(end)
