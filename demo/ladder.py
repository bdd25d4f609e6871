"""A ladder of tiny language models, trained on the spot, saved as ordinary Hugging Face folders at growing step counts.

Two families, Llama and GPT-NeoX, share one byte-level tokenizer. Both place tokens by rotation, so that windows of 2048
tokens make sense after mostly short training sequences. Everything follows from one seed, as far as torch allows.
"""

import math
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)
from transformers.utils.logging import disable_progress_bar

from demo import corpora
from storage.records import content_id

CONTEXT_TOKENS = 2048
VOCABULARY = 1024
WIDTH, LAYERS, HEADS = 96, 2, 4
TOKENS_PER_STEP = 2048
# Mostly short sequences, which teach most per second; now and then long ones, so that far positions are seen.
SHORT_TOKENS = 256
LONG_EVERY = 16
WARM_UP_STEPS = 10
SEED = 2404
START, END = "<s>", "</s>"


@dataclass(frozen=True)
class Family:
    """One kind of model, how fast it may learn, and the step counts at which it is saved."""

    name: str
    peak_learning_rate: float
    saved_steps: tuple[int, ...]


@dataclass(frozen=True)
class Rung:
    """One saved model of the ladder."""

    name: str
    family: str
    step_count: int
    parameter_count: int
    folder: Path


# The rates at which the loss fell fastest among those tried for models this narrow.
FAMILIES = (Family("demo-llama", 4e-3, (40, 90, 180, 380)), Family("demo-neox", 8e-3, (20, 70, 260)))
OnProgress = Callable[[str, int, int], None]


def build_ladder(
    folder: Path, families: Sequence[Family] = FAMILIES, on_progress: OnProgress | None = None
) -> list[Rung]:
    """Train every family and save its rungs under `folder`; a ladder that is there already is made anew.

    `on_progress` is told what is trained, the steps done and the steps of all families together; never twice at once.
    """
    disable_progress_bar()  # type: ignore[no-untyped-call]  # it would cut through the demo's own
    shutil.rmtree(folder, ignore_errors=True)
    texts = sorted(corpora.training_texts(), key=lambda text: content_id(str(SEED), text))
    tokenizer = train_tokenizer(texts)
    tokens = _encode(tokenizer, texts)
    counter = _StepCounter(sum(max(family.saved_steps) for family in families), on_progress)
    # Seeded one after another: the generator of initial weights is torch's only one.
    jobs = [(family, make_model(family.name), tokenizer, tokens, folder, counter) for family in families]
    # One core per family: two cores on one model this small wait for each other, on a busy machine most of the time
    # (337 s instead of 65 s). And so the sums do not depend on how many cores there are.
    with _one_core_per_thread(), ThreadPoolExecutor(len(jobs)) as pool:
        return [rung for rungs in pool.map(lambda job: _climb(*job), jobs) for rung in rungs]


def train_tokenizer(texts: Iterable[str], vocabulary: int = VOCABULARY) -> PreTrainedTokenizerFast:
    """Train a byte-level BPE tokenizer: it spells any text and gives it back unchanged."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    # A fifth of the text finds the same merges as all of it.
    tokenizer.train_from_iterator([text for number, text in enumerate(texts) if number % 5 == 0], trainer)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # its constructor has no types
        tokenizer_object=tokenizer,
        bos_token=START,
        eos_token=END,
        clean_up_tokenization_spaces=False,
        model_max_length=CONTEXT_TOKENS,
    )


def make_model(family: str, vocabulary: int = VOCABULARY) -> PreTrainedModel:
    """Make an untrained model of one family, always with the same weights."""
    torch.manual_seed(SEED)
    # The usual initial range of 0.02 is meant for wide models; narrow ones hardly move from there in a minute.
    if family == "demo-llama":
        llama = LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=WIDTH,
            intermediate_size=256,
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            max_position_embeddings=CONTEXT_TOKENS,
            initializer_range=0.05,
            bos_token_id=0,
            eos_token_id=1,
        )
        return LlamaForCausalLM(llama)
    neox = GPTNeoXConfig(
        vocab_size=vocabulary,
        hidden_size=WIDTH,
        intermediate_size=384,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        max_position_embeddings=CONTEXT_TOKENS,
        initializer_range=0.08,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=1,
    )
    return GPTNeoXForCausalLM(neox)


class _StepCounter:
    """Counts the steps of several threads and tells of each."""

    def __init__(self, total: int, on_progress: OnProgress | None) -> None:
        self._total, self._done = total, 0
        self._on_progress, self._lock = on_progress, threading.Lock()

    def count(self, what: str) -> None:
        with self._lock:
            self._done += 1
            if self._on_progress:
                self._on_progress(what, self._done, self._total)


@contextmanager
def _one_core_per_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _climb(
    family: Family,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    tokens: torch.Tensor,
    folder: Path,
    counter: _StepCounter,
) -> list[Rung]:
    """Train one family from rung to rung."""
    rungs = []
    for step in _train(model, family, tokens):
        counter.count(f"{family.name}, step {step}")
        if step in family.saved_steps:
            rungs.append(_save(model, tokenizer, family.name, step, folder))
    return rungs


def _train(model: PreTrainedModel, family: Family, tokens: torch.Tensor) -> Iterator[int]:
    """Train a model in place; yield the number of each step once it is done."""
    total = max(family.saved_steps)
    rate = family.peak_learning_rate
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.95), weight_decay=0.05)
    chooser = torch.Generator().manual_seed(SEED)
    model.train()
    for step in range(1, total + 1):
        for group in optimizer.param_groups:
            group["lr"] = rate * _pace(step, total)
        batch = _batch(tokens, chooser, CONTEXT_TOKENS if step % LONG_EVERY == 0 else SHORT_TOKENS)
        model(input_ids=batch, labels=batch).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        yield step


def _pace(step: int, total: int) -> float:
    """Rise in a straight line, then fall along half a cosine to a tenth."""
    if step <= WARM_UP_STEPS:
        return step / WARM_UP_STEPS
    progress = (step - WARM_UP_STEPS) / max(1, total - WARM_UP_STEPS)
    return 0.55 + 0.45 * math.cos(math.pi * progress)


def _batch(tokens: torch.Tensor, chooser: torch.Generator, length: int) -> torch.Tensor:
    starts = torch.randint(len(tokens) - length, (TOKENS_PER_STEP // length,), generator=chooser)
    return torch.stack([tokens[start : start + length] for start in starts.tolist()])


def _encode(tokenizer: PreTrainedTokenizerFast, texts: list[str]) -> torch.Tensor:
    """Join all texts, each after a start token, as a scorer will present them."""
    start = tokenizer.convert_tokens_to_ids(START)
    encoded = tokenizer.backend_tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    return torch.tensor([token for one in encoded for token in (start, *one.ids)])


def _save(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, family: str, step: int, folder: Path) -> Rung:
    name = f"{family}-{step:04d}"
    model.save_pretrained(folder / name, safe_serialization=True)
    tokenizer.save_pretrained(folder / name)
    return Rung(name, family, step, model.num_parameters(), folder / name)
