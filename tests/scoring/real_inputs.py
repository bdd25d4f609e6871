"""Real texts and a real tokenizer, on a random network large enough to have its vocabulary."""

import gzip
import json
from pathlib import Path

from transformers import PreTrainedTokenizerFast

from scoring.models import ModelSource
from scoring.texts import Text
from tests.scoring import tiny

# The 50,257 of GPT-2 and runs of spaces, up to a multiple of 64 as models are built.
VOCABULARY = 50_304


def gpt2_llama(shared_data: Path, folder: Path) -> ModelSource:
    """Write a random tiny Llama with GPT-2's tokenizer, whose one control token is BOS and EOS."""
    path = str(shared_data / "tokenizers" / "gpt-neo-gpt2-tokenizer.json")
    end = "<|endoftext|>"
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=path, bos_token=end, eos_token=end)
    return tiny.save(tiny.network("llama", vocab_size=VOCABULARY), tokenizer, folder)


def python_texts(shared_data: Path, *, count: int, joined: int) -> list[Text]:
    """Return texts of so many real Python files each."""
    path = shared_data / "text" / "github_python_20240801to20240815.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        files = [json.loads(line)["text"] for line, _ in zip(lines, range(count * joined), strict=False)]
    return tiny.texts(*("\n".join(files[at : at + joined]) for at in range(0, len(files), joined)))
