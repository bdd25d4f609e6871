"""Merkle trees: the roots that RFC 6962's own tests know, and proofs that hold for one entry in one place alone."""

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import merkle
from storage.merkle import inclusion_path, leaf_hash, root_of_path, tree_root

# The test vectors of the reference implementation of certificate transparency.
ENTRIES = [
    bytes.fromhex(entry)
    for entry in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize("size", ROOTS)
def test_roots_are_those_of_the_reference_implementation(size):
    assert tree_root([leaf_hash(entry) for entry in ENTRIES[:size]]).hex() == ROOTS[size]


@settings(deadline=None)
@given(st.integers(1, 40), st.data())
def test_every_proof_leads_to_the_root_and_from_no_other_place_or_entry(size, data):
    leaves = [leaf_hash(str(n).encode()) for n in range(size)]
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1))
    path, root = inclusion_path(leaves, index), tree_root(leaves)
    assert root_of_path(leaves[index], index, size, path) == root
    assert len(path) <= (size - 1).bit_length()
    if other != index:
        assert root_of_path(leaves[other], index, size, path) != root
        assert root_of_path(leaves[index], other, size, path) != root
    assert root_of_path(leaves[index], index, size, [*path, root]) != root


def test_an_inner_node_does_not_pass_for_an_entry():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != tree_root([left, right])


def test_a_place_outside_the_list_has_no_proof():
    assert root_of_path(leaf_hash(b"a"), 1, 1, []) is None
    assert root_of_path(leaf_hash(b"a"), 0, 2, []) is None


def test_the_examples_hold():
    assert doctest.testmod(merkle).failed == 0
