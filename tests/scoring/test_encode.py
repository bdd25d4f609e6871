"""Text to ids: plain text whatever it says, and an honest count of what a tokenizer loses."""

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from scoring.encode import altered_byte_count, encode_plain_texts, find_start_token, token_ids
from storage.errors import ScoringError
from tests.scoring import tiny

TOKENIZERS = ("gpt-neo-gpt2-tokenizer", "gpt-neox-20b-tokenizer")
SAMPLES = (
    "plain words",
    "",
    "a",
    "日本語のテキストです。中文字符也一样。",
    "🙂👩‍👩‍👧‍👦🏳️‍🌈",
    "tabs\tand\r\nlines\n\n\n  indented   code\u2028\x00",
)


def real_tokenizer(shared_data, name):
    path = shared_data / "tokenizers" / f"{name}.json"
    return PreTrainedTokenizerFast(tokenizer_file=str(path), eos_token="<|endoftext|>")


@pytest.mark.parametrize("name", TOKENIZERS)
def test_special_token_literals_of_real_tokenizers_are_plain_text(shared_data, name):
    tokenizer = real_tokenizer(shared_data, name)
    special = {i for i, token in tokenizer.added_tokens_decoder.items() if token.special}
    literal = "x".join(token.content for token in tokenizer.added_tokens_decoder.values() if token.special)
    assert special & set(tokenizer.encode(literal))  # the trap is real
    (ids,) = encode_plain_texts(tokenizer, [literal])
    assert not special & set(ids.tolist())
    assert altered_byte_count(tokenizer, literal, ids) == 0


@pytest.mark.parametrize("name", TOKENIZERS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_real_byte_level_tokenizers_lose_nothing(shared_data, name, sample):
    tokenizer = real_tokenizer(shared_data, name)
    (ids,) = encode_plain_texts(tokenizer, [sample])
    assert altered_byte_count(tokenizer, sample, ids) == 0
    assert (len(ids) == 0) == (sample == "")


def piece_tokenizer(model):
    """A tokenizer whose vocabulary lists its control tokens among the pieces of text."""
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    tokenizer.add_tokens(["added"])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


PIECES = ["<unk>", "<s>", "</s>", *"<>/sabde"]
PIECE_MODELS = {
    "unigram": models.Unigram([(piece, -float(i)) for i, piece in enumerate(PIECES)], unk_id=0),
    "word": models.WordLevel({piece: i for i, piece in enumerate(PIECES)}, unk_token="<unk>"),
    "bpe": models.BPE(
        {piece: i for i, piece in enumerate([*PIECES, "<s"])}, [("<", "s"), ("<s", ">")], unk_token="<unk>"
    ),
}


@pytest.mark.parametrize("name", PIECE_MODELS)
def test_control_tokens_that_are_pieces_of_the_vocabulary_are_plain_text_too(name):
    tokenizer = piece_tokenizer(PIECE_MODELS[name])
    sample = "a <s> added b</s>"
    naive = tokenizer(sample, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    assert {1, 2} & set(naive)  # the trap is real
    (ids,) = encode_plain_texts(tokenizer, [sample])
    assert not {1, 2} & set(ids.tolist())
    assert tokenizer.convert_tokens_to_ids("added") in ids
    assert tokenizer.convert_tokens_to_ids("a") == ids[0]
    (untouched,) = encode_plain_texts(tokenizer, ["a b d"])
    assert untouched.tolist() == tokenizer("a b d", add_special_tokens=False)["input_ids"]


def test_nothing_is_added_even_by_a_tokenizer_that_adds_a_bos():
    adding, plain = tiny.byte_tokenizer(adds_bos=True), tiny.byte_tokenizer()
    assert adding.encode("ab")[0] == tiny.BOS_ID
    for tokenizer in (adding, plain):
        (ids,) = encode_plain_texts(tokenizer, ["<s>ab</s>"])
        assert len(ids) == len("<s>ab</s>")
        assert ids.max() < tiny.BYTE_COUNT


def test_plain_encoding_leaves_the_tokenizer_as_it_was():
    tokenizer = tiny.byte_tokenizer()
    before = tokenizer.encode("a<s>")
    encode_plain_texts(tokenizer, ["a<s>"])
    assert tokenizer.encode("a<s>") == before == [tokenizer.convert_tokens_to_ids("a"), tiny.BOS_ID]


def test_no_texts_give_no_ids():
    assert encode_plain_texts(tiny.byte_tokenizer(), []) == []


def test_the_start_token_is_bos_else_eos_else_an_error():
    assert find_start_token(tiny.byte_tokenizer()) == tiny.BOS_ID
    assert find_start_token(tiny.byte_tokenizer(bos=False)) == tiny.EOS_ID
    with pytest.raises(ScoringError, match="neither a BOS nor an EOS"):
        find_start_token(tiny.byte_tokenizer(bos=False, eos=False))


def lossy_tokenizer(normalizer):
    """Words of a closed list; what is not on it is lost."""
    vocabulary = {word: i for i, word in enumerate(["<unk>", "fine", "words", "\n"])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "removed")
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>")


def test_loss_is_counted_in_bytes_between_common_beginning_and_end():
    tokenizer = lossy_tokenizer(normalizers.Lowercase())
    (ids,) = encode_plain_texts(tokenizer, ["fine Words"])
    assert altered_byte_count(tokenizer, "fine words", ids) == 0
    assert altered_byte_count(tokenizer, "fine Words", ids) == 1
    assert altered_byte_count(tokenizer, "fine müßte", ids) == len("müßte".encode())
    assert altered_byte_count(tokenizer, "fine Words\nfine words", ids) == len(
        "Words\nfine "
    )  # lines differ: whole text


def test_loss_in_one_line_does_not_count_the_others():
    class Upper:
        def decode(self, ids, **_):
            return "same\nCHANGED here\nsame"

    assert altered_byte_count(Upper(), "same\nchanged here\nsame", token_ids([])) == len("changed")


def test_an_inserted_character_counts_as_one_byte():
    class Inserting:
        def decode(self, ids, **_):
            return " text"

    assert altered_byte_count(Inserting(), "text", token_ids([])) == 1
