"""Codecs on a source as one stream, and after the texts of another snapshot."""

import random
from dataclasses import replace

import pytest
import zstandard

from scoring.codec_dictionaries import dictionary_path, make_dictionary, protocol_after
from scoring.codec_streams import ADDED_BYTES, measure_stream
from scoring.codecs import CODECS, measure_compressed, zstd_level
from scoring.measurers import CodecMeasurer
from scoring.models import ModelSource
from scoring.protocols import find_protocol
from scoring.score import score_texts
from storage.errors import ScoringError
from tests.scoring import tiny

CODEC_STREAM, CODEC_DICTIONARY = find_protocol("codec_stream"), find_protocol("codec_dictionary")


def prose(seed: int, words: int = 300) -> str:
    draw = random.Random(seed)
    return " ".join("".join(draw.choices("etaoinshrdlu", k=draw.randint(2, 9))) for _ in range(words))


def codec(model_id: str, location: str = "") -> ModelSource:
    return ModelSource(model_id, location or model_id, None, "codec", trust_remote_code=False)


def bits(measured) -> list[float]:
    return [some.total_bits for some in measured]


@pytest.mark.parametrize("model_id", CODECS)
def test_the_bits_of_a_stream_add_up_to_its_compressed_length(model_id):
    contents = [prose(i) for i in range(5)]
    shared = bits(measure_stream(model_id, tiny.texts(*contents)))
    assert sum(shared) == pytest.approx(8 * len(CODECS[model_id][0]("".join(contents).encode())), rel=1e-12)
    assert min(shared) > 0


@pytest.mark.parametrize("model_id", CODECS)
def test_a_text_that_came_before_adds_next_to_nothing(model_id):
    texts = tiny.texts(prose(1), prose(2), prose(1))
    first, _, again = bits(measure_stream(model_id, texts))
    # PPMd learns what follows what, and not where it stood.
    assert again < (0.3 if model_id.startswith("ppmd") else 0.1) * first
    assert sum(bits(measure_stream(model_id, texts))) < sum(bits(measure_compressed(model_id, texts)))


def test_every_codec_says_what_a_text_adds():
    assert list(ADDED_BYTES) == list(CODECS)


@pytest.mark.parametrize("model_id", CODECS)
def test_empty_texts_share_the_header_of_their_stream(model_id):
    total = 8 * len(CODECS[model_id][0](b""))
    assert sum(bits(measure_stream(model_id, tiny.texts("", "")))) == total


def test_no_text_is_free():
    first, *others = bits(measure_stream("ppmd@12", tiny.texts(*["a" * 400] * 30)))
    assert min(others) > 0
    assert max(others) < first


def test_a_run_of_streams_has_one_stream_per_source_by_ascending_id(tmp_path):
    papers, files = tiny.texts(prose(1), prose(2), source="arxiv"), tiny.texts(prose(2), prose(1))
    outcome = score_texts([*reversed(papers), *files], codec("zstd@19"), CODEC_STREAM, "S", tmp_path)
    found = {score.document_id: score.total_bits for score in outcome.scores}
    for texts in (papers, files):
        assert [found[text.document_id] for text in texts] == bits(measure_stream("zstd@19", texts))
    again = score_texts([*files, *papers], codec("zstd@19"), CODEC_STREAM, "S", tmp_path)
    assert again == outcome


def test_a_network_is_not_measured_by_protocols_for_codecs(tmp_path):
    source = tiny.save(tiny.network("llama"), tiny.byte_tokenizer(), tmp_path / "model")
    with pytest.raises(ScoringError, match="is no codec and protocol codec_stream is for codecs alone"):
        score_texts(tiny.texts("a"), source, CODEC_STREAM, "S", tmp_path / "out")


def test_a_dictionary_is_the_texts_cut_to_the_window(monkeypatch):
    assert make_dictionary(["ab", "cé"]) == "abcé".encode()
    monkeypatch.setattr("scoring.codec_dictionaries.DICTIONARY_BYTES", 3)
    assert make_dictionary(iter(["ab", "cd", "ef"])) == b"abc"


def test_the_protocol_names_the_dictionary(tmp_path):
    one, other = protocol_after(b"one"), protocol_after(b"other")
    assert one.name == other.name == "codec_dictionary"
    assert len({one.protocol_id, other.protocol_id, CODEC_DICTIONARY.protocol_id}) == 3
    assert dictionary_path(tmp_path, one) != dictionary_path(tmp_path, other)


def primed(folder, content: bytes, model_id: str = "zstd@19") -> CodecMeasurer:
    protocol = protocol_after(content)
    path = dictionary_path(folder, protocol)
    path.write_bytes(content)
    return CodecMeasurer(codec(model_id, str(path)), protocol)


def test_a_text_after_its_like_takes_few_bits_and_still_decompresses(tmp_path):
    before, text = prose(1) + prose(2), prose(2)[:1500]
    (measured,) = primed(tmp_path, before.encode()).measure([tiny.text(text)], lambda _count: None)
    (alone,) = measure_compressed("zstd@19", [tiny.text(text)])
    assert measured.total_bits < 0.1 * alone.total_bits
    dictionary = zstandard.ZstdCompressionDict(before.encode(), dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    compressed = zstandard.ZstdCompressor(compression_params=zstd_level(), dict_data=dictionary).compress(text.encode())
    assert zstandard.ZstdDecompressor(dict_data=dictionary).decompress(compressed) == text.encode()
    assert measured.total_bits == pytest.approx(8 * len(compressed), abs=64)


def test_a_dictionary_that_is_another_or_missing_is_refused(tmp_path):
    measurer = primed(tmp_path, b"one")
    dictionary_path(tmp_path, measurer.protocol).write_bytes(b"other")
    with pytest.raises(ScoringError, match="is not the dictionary of codec_dictionary@"):
        measurer.measure(tiny.texts("a"), lambda _count: None)
    unprimed = CodecMeasurer(codec("zstd@19"), CODEC_DICTIONARY)
    with pytest.raises(ScoringError, match=r"there is none at zstd@19; `freshpress score --protocol codec_dictionary`"):
        unprimed.measure(tiny.texts("a"), lambda _count: None)


def test_codecs_that_take_no_dictionary_say_so(tmp_path):
    with pytest.raises(ScoringError, match="xz@9e takes no dictionary and codec_dictionary is for those that do"):
        primed(tmp_path, b"one", "xz@9e").measure(tiny.texts("a"), lambda _count: None)


def test_protocols_for_codecs_differ_in_what_stands_before_a_text():
    alone = find_protocol("codec")
    assert replace(CODEC_STREAM, protocol_id="", name="", packing="") == replace(
        alone, protocol_id="", name="", packing=""
    )
    assert (CODEC_STREAM.packing, CODEC_DICTIONARY.start_token) == ("source_stream", "dictionary")
