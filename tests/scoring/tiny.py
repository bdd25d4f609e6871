"""Tiny models, tokenizers and texts with known properties, for the tests of scoring."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import (
    CohereConfig,
    CohereForCausalLM,
    Gemma2Config,
    Gemma2ForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    GraniteConfig,
    GraniteForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    OPTConfig,
    OPTForCausalLM,
    PreTrainedTokenizerFast,
)

from scoring.log_probabilities import TokenMeter
from scoring.models import LoadedModel, ModelSource, describe_model
from scoring.protocols import document_protocol
from scoring.texts import Text
from storage.records import text_sha256

BYTE_COUNT = 256
BOS_ID = 256
EOS_ID = 257
VOCABULARY = 258


def byte_tokenizer(*, bos: bool = True, eos: bool = True, adds_bos: bool = False) -> PreTrainedTokenizerFast:
    """Every byte is one token; <s> is 256 and </s> is 257, where they are named at all."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={piece: i for i, piece in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<s>", "</s>"])
    if adds_bos:
        tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", BOS_ID)])
    names = {"bos_token": "<s>"} if bos else {}
    names |= {"eos_token": "</s>"} if eos else {}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)


SMALL = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 2048,
}


def network(family: str, **changes: Any) -> Any:
    """Return a random model of one family, with weights large enough to have opinions."""
    torch.manual_seed(len(family))
    built = _build(family, changes).eval()
    with torch.no_grad():
        for name, weights in built.named_parameters():
            if weights.ndim > 1 and "A_log" not in name:
                weights.mul_(4.0)
    return built


def _build(family: str, changes: dict[str, Any]) -> Any:
    small = SMALL | changes
    gpt2 = {"vocab_size": small["vocab_size"], "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 2048}
    mha = {name: value for name, value in small.items() if name != "num_key_value_heads"}
    opt = {name: value for name, value in mha.items() if name != "intermediate_size"}
    builders = {
        "llama": lambda: LlamaForCausalLM(LlamaConfig(**small)),
        "gpt2": lambda: GPT2LMHeadModel(GPT2Config(**gpt2)),
        "gpt_neox": lambda: GPTNeoXForCausalLM(GPTNeoXConfig(**mha)),
        "gemma2": lambda: Gemma2ForCausalLM(Gemma2Config(**small, head_dim=8, final_logit_softcapping=2.0)),
        "cohere": lambda: CohereForCausalLM(CohereConfig(**small, logit_scale=0.5)),
        "granite": lambda: GraniteForCausalLM(GraniteConfig(**small, logits_scaling=3.0)),
        "opt": lambda: OPTForCausalLM(OPTConfig(**opt, ffn_dim=64, word_embed_proj_dim=32)),
        "mamba": lambda: MambaForCausalLM(MambaConfig(vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2)),
    }
    return builders[family]()


FAMILIES = ("llama", "gpt2", "gpt_neox", "gemma2", "cohere", "granite", "opt", "mamba")


class BigramNetwork(torch.nn.Module):
    """Predicts from the last token alone, by a table of logits; has neither body nor `logits_to_keep`."""

    def __init__(self, table: torch.Tensor) -> None:
        super().__init__()
        self.table = table

    def forward(self, input_ids, attention_mask=None, use_cache=None):
        return SimpleNamespace(logits=self.table[input_ids].clone())


def loaded(built: Any, tokenizer: Any, vocabulary: int = VOCABULARY) -> LoadedModel:
    """Return a network as `load_model` would."""
    return LoadedModel("tiny@1", built, tokenizer, torch.device("cpu"), "float32", "sdpa", vocabulary, 2048)


def meter(built: Any, tokenizer: Any = None, batch_tokens: int = 1000) -> TokenMeter:
    """Return a network ready to be asked."""
    return TokenMeter(loaded(built, tokenizer or byte_tokenizer()), batch_tokens)


def text(content: str, document_id: str = "d", source: str = "github") -> Text:
    """Return one text."""
    return Text(document_id, text_sha256(content), source, content)


def texts(*contents: str, source: str = "github") -> list[Text]:
    """Return texts with ascending ids."""
    return [text(content, f"{source}-{i:03d}", source) for i, content in enumerate(contents)]


def save(built: Any, tokenizer: Any, folder: Path) -> ModelSource:
    """Write an ordinary model folder and say where it is."""
    built.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    facts = describe_model(str(folder))
    return ModelSource(facts.model_id, str(folder), facts.revision, "base", trust_remote_code=False)


SMALL_PROTOCOL = document_protocol("small", 24, 8)
