"""The origin misbehaves as it is told, as a plain client sees it."""

import gzip
import http.client
import random
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from bench.material import make_papers
from demo.faults import FOREVER, SECONDARY_LIMIT, Fault, cut, flip, inside_gzip, mangle, splice, twice
from demo.origin import Origin, serve

EPRINT, LIST = "/e-print/2610.10002", "/oai?verb=ListRecords&metadataPrefix=arXivRaw"


@pytest.fixture
def origin() -> Iterator[Origin]:
    with serve(make_papers(9)) as running:
        yield running


def get(origin: Origin, target: str) -> bytes:
    with urllib.request.urlopen(origin.base_url + target, timeout=10) as answer:
        return answer.read()


def test_a_reset_is_no_goodbye(origin: Origin) -> None:
    origin.misbehave(Fault(EPRINT, drops_connection=True, resets_connection=True))
    with pytest.raises(ConnectionResetError):
        get(origin, EPRINT)


def test_a_length_may_be_wrong_both_ways(origin: Origin) -> None:
    whole = get(origin, EPRINT)
    origin.misbehave(Fault(EPRINT, adds_length=-60))
    assert get(origin, EPRINT) == whole[:-60]
    origin.misbehave(Fault(EPRINT, adds_length=60, keeps_bytes=len(whole)))
    with pytest.raises(http.client.IncompleteRead):
        get(origin, EPRINT)


def test_a_drip_brings_the_whole_body(origin: Origin) -> None:
    whole = get(origin, EPRINT)
    origin.misbehave(Fault(EPRINT, drip_seconds=1e-6))
    assert get(origin, EPRINT) == whole


def test_a_status_may_come_with_the_words_of_the_source(origin: Origin) -> None:
    origin.misbehave(Fault(EPRINT, status=403, body=SECONDARY_LIMIT))
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(origin, EPRINT)
    assert (caught.value.code, b"secondary rate limit" in caught.value.read()) == (403, True)


def test_a_page_comes_again_in_the_place_of_the_next(origin: Origin) -> None:
    first = get(origin, LIST)
    token = first.partition(b'cursor="0">')[2].partition(b"<")[0].decode()
    origin.misbehave(Fault("resumptionToken", repeats=True))
    following = f"/oai?verb=ListRecords&resumptionToken={token.replace('%', '%25')}"
    assert b"2610.10001" in get(origin, following)
    assert b"2610.10001" not in get(origin, following)


def test_a_listing_moves_while_it_is_read(origin: Origin) -> None:
    assert get(origin, LIST).find(b"2610.10001") < get(origin, LIST).find(b"2610.10002")
    origin.misbehave(Fault("/oai", turns=2))
    assert b"2610.10009" in get(origin, LIST)


def test_a_fault_lasts_until_the_origin_behaves(origin: Origin) -> None:
    origin.misbehave(Fault(EPRINT, times=FOREVER, mangle=cut))
    assert get(origin, EPRINT) != get(origin, EPRINT)
    origin.behave()
    assert get(origin, EPRINT) == get(origin, EPRINT)


@pytest.mark.parametrize("spoil", [cut, flip, splice, mangle])
def test_a_body_is_spoilt_in_the_same_way_by_the_same_seed(spoil) -> None:
    body = random.Random(1).randbytes(5_000)
    assert spoil(body, random.Random(5)) == spoil(body, random.Random(5)) != body
    packed = inside_gzip(spoil)(gzip.compress(body), random.Random(5))
    assert gzip.decompress(packed) == spoil(body, random.Random(5))
    assert twice(body, random.Random(5)) == body + body
