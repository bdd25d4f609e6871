"""The shipped protocols and their ids."""

from dataclasses import asdict

import pytest

from scoring.protocols import PROTOCOLS, find_protocol, make_protocol
from storage.errors import ScoringError


def test_the_shipped_protocols_have_the_windows_of_the_design():
    sizes = {p.name: (p.window_tokens, p.stride_tokens) for p in PROTOCOLS}
    assert sizes == {
        "document": (1900, 512),
        "document_512": (512, 128),
        "paper": (1900, 512),
        "lm_eval": (2048, 2048),
        "codec": (None, None),
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
    ]


def test_a_protocol_is_found_by_name_and_by_id():
    paper = find_protocol("paper")
    assert find_protocol(paper.protocol_id) is paper


def test_an_unknown_protocol_is_answered_with_the_known_ones():
    with pytest.raises(ScoringError, match="no protocol 'ppl'; choose one of document, document_512, paper, lm_eval"):
        find_protocol("ppl")
