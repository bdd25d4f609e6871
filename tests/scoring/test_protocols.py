"""The shipped protocols and their ids."""

from dataclasses import asdict

import pytest

from scoring.protocols import PROCEDURES, PROTOCOLS, find_protocol, make_protocol, own_protocol
from storage.errors import ScoringError


def test_the_shipped_protocols_have_the_windows_of_the_design():
    sizes = {p.name: (p.window_tokens, p.stride_tokens) for p in PROTOCOLS}
    assert sizes == {
        "document": (1900, 512),
        "document_512": (512, 128),
        "paper": (1900, 512),
        "lm_eval": (2048, 2048),
        "codec": (None, None),
        "codec_stream": (None, None),
        "codec_dictionary": (None, None),
    }


def test_an_id_names_the_protocol_and_changes_with_every_other_field():
    ids = [protocol.protocol_id for protocol in PROTOCOLS]
    assert len({some.partition("@")[2] for some in ids}) == len(PROTOCOLS)
    one = asdict(find_protocol("document"))
    one.pop("protocol_id")
    assert make_protocol(**one) == find_protocol("document")
    for name in set(one) - {"name"}:
        other = make_protocol(**one | {name: 7 if isinstance(one[name], int) else "other"})
        assert other.protocol_id != find_protocol("document").protocol_id
        assert other.protocol_id.startswith("document@")


def test_the_ids_do_not_move_while_the_bits_do_not():
    # A change here is a change of what is compared with what: raise score_version on purpose, then these lines.
    assert [protocol.protocol_id for protocol in PROTOCOLS] == [
        "document@836130142b7d",
        "document_512@8e2692e817cb",
        "paper@156df147fb44",
        "lm_eval@721873b49a2a",
        "codec@2e2fa7224422",
        "codec_stream@5fd8c0e448b4",
        "codec_dictionary@c89237f00caf",
    ]


def test_a_protocol_is_found_by_name_and_by_id():
    paper = find_protocol("paper")
    assert find_protocol(paper.protocol_id) is paper


def test_an_unknown_protocol_is_answered_with_the_known_ones():
    with pytest.raises(ScoringError, match="no protocol 'ppl'; choose one of document, document_512, paper, lm_eval"):
        find_protocol("ppl")


@pytest.mark.parametrize("like", PROCEDURES)
def test_an_own_protocol_is_the_shipped_procedure_with_other_windows(like):
    shipped = find_protocol(like)
    own = own_protocol("mine", like, 64, 64)
    fields = ("packing", "encoding", "start_token", "first_token", "score_version")
    assert [getattr(own, field) for field in fields] == [getattr(shipped, field) for field in fields]
    assert (own.name, own.window_tokens, own.stride_tokens) == ("mine", 64, 64)
    assert own.protocol_id.startswith("mine@")
    assert find_protocol("mine", [own]) is own
    # The name is not in the hash: the same windows under another name are the same way of counting.
    assert own_protocol("other", like, shipped.window_tokens, shipped.stride_tokens).protocol_id == (
        shipped.protocol_id.replace(like, "other")
    )


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("document", "document", 64, 32), "document is a protocol that Freshpress ships; give yours another name"),
        (("codec", "document", 64, 32), "codec is a protocol that Freshpress ships"),
        (("mine", "document", 32, 64), "stride 64 with window 32 cannot charge every token"),
        (("mine", "paper", 32, 0), "stride 0 with window 32 cannot charge every token"),
        (("mine", "lm_eval", 64, 32), "has stride 32 with window 64; make the two equal"),
    ],
)
def test_an_own_protocol_that_cannot_be_followed_is_refused(given, sentence):
    with pytest.raises(ScoringError, match=sentence):
        own_protocol(*given)
