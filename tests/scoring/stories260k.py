"""Turn llama2.c's stories260K (legacy float32 checkpoint and tokenizer.bin) into an ordinary Hugging Face folder."""

import struct
from pathlib import Path

import numpy as np
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, processors
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

BOS, EOS = "<s>", "</s>"
CONTROL_COUNT = 3  # <unk>, <s>, </s>
FIRST_PIECE = CONTROL_COUNT + 256  # after the byte tokens


def convert(source_dir: Path, target: Path) -> Path:
    """Write config.json, model.safetensors and tokenizer.json to `target` and return it."""
    model = _read_model(source_dir / "checkpoint_legacy.bin")
    model.save_pretrained(target)
    tokenizer = _read_tokenizer(source_dir / "tokenizer.bin", model.config.vocab_size)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BOS,
        eos_token=EOS,
        unk_token="<unk>",
        model_max_length=model.config.max_position_embeddings,
    ).save_pretrained(target)
    return target


def _read_model(path: Path) -> LlamaForCausalLM:
    with path.open("rb") as file:
        width, hidden, layers, heads, key_heads, vocabulary, context = struct.unpack("7i", file.read(28))
        values = np.frombuffer(file.read(), dtype="<f4")
    assert vocabulary > 0, "a negative vocabulary means a head of its own, which stories260K does not have"
    config = LlamaConfig(
        hidden_size=width,
        intermediate_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=key_heads,
        vocab_size=vocabulary,
        max_position_embeddings=context,
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        bos_token_id=1,
        eos_token_id=2,
    )
    model = LlamaForCausalLM(config)
    model.load_state_dict(_tensors(values, config), strict=False)
    model.tie_weights()
    return model.eval()


def _tensors(values: np.ndarray, config: LlamaConfig) -> dict[str, torch.Tensor]:
    width, hidden, layers = config.hidden_size, config.intermediate_size, config.num_hidden_layers
    key_width = width // config.num_attention_heads * config.num_key_value_heads
    position = 0

    def take(*shape: int) -> torch.Tensor:
        nonlocal position
        count = int(np.prod(shape))
        part = torch.from_numpy(values[position : position + count].copy()).reshape(shape)
        position += count
        return part

    tensors = {"model.embed_tokens.weight": take(config.vocab_size, width)}
    in_file_order = {
        "input_layernorm": take(layers, width),
        "self_attn.q_proj": _halves(take(layers, width, width), config.num_attention_heads),
        "self_attn.k_proj": _halves(take(layers, key_width, width), config.num_key_value_heads),
        "self_attn.v_proj": take(layers, key_width, width),
        "self_attn.o_proj": take(layers, width, width),
        "post_attention_layernorm": take(layers, width),
        "mlp.gate_proj": take(layers, hidden, width),
        "mlp.down_proj": take(layers, width, hidden),
        "mlp.up_proj": take(layers, hidden, width),
    }
    for name, stacked in in_file_order.items():
        tensors |= {f"model.layers.{i}.{name}.weight": layer for i, layer in enumerate(stacked)}
    tensors["model.norm.weight"] = take(width)
    # What is left is a table of rotary angles, which Hugging Face computes by itself.
    assert len(values) - position == config.max_position_embeddings * (width // config.num_attention_heads)
    return tensors


def _halves(stacked: torch.Tensor, heads: int) -> torch.Tensor:
    """Reorder the rows of each head: llama2.c rotates neighbours, Hugging Face the two halves."""
    layers, rows, width = stacked.shape
    pairs = stacked.reshape(layers, heads, rows // heads // 2, 2, width)
    return pairs.transpose(2, 3).reshape(layers, rows, width)


def _read_tokenizer(path: Path, vocabulary_size: int) -> Tokenizer:
    pieces, scores = _read_pieces(path, vocabulary_size)
    pieces[:CONTROL_COUNT] = ["<unk>", BOS, EOS]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    bpe = models.BPE(
        vocab=vocabulary,
        merges=_merges(pieces, scores),
        unk_token="<unk>",
        fuse_unk=True,
        byte_fallback=True,
    )
    tokenizer = Tokenizer(bpe)
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{BOS} $A", special_tokens=[(BOS, 1)])
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in (BOS, EOS)])
    return tokenizer


def _read_pieces(path: Path, vocabulary_size: int) -> tuple[list[str], list[float]]:
    data = path.read_bytes()
    position = 4  # the longest piece's length stands first
    pieces, scores = [], []
    for _ in range(vocabulary_size):
        score, length = struct.unpack_from("<fi", data, position)
        position += 8
        pieces.append(data[position : position + length].decode().replace(" ", "▁"))
        scores.append(score)
        position += length
    assert position == len(data)
    return pieces, scores


def _merges(pieces: list[str], scores: list[float]) -> list[tuple[str, str]]:
    """Return every way to make a piece of two, best piece first: SentencePiece merges the pair of highest score."""
    known = set(pieces[FIRST_PIECE:])
    ranked = sorted(range(FIRST_PIECE, len(pieces)), key=lambda i: (-scores[i], i))
    return [
        (pieces[i][:cut], pieces[i][cut:])
        for i in ranked
        for cut in range(1, len(pieces[i]))
        if pieces[i][:cut] in known and pieces[i][cut:] in known
    ]
