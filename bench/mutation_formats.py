"""The formats the crawlers and curation read: sound inputs, the ways to spoil them, and what reads them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from bench import mutation_readers as readers
from bench import mutation_readers_curation as curation_readers
from bench import mutation_seeds as seeds
from bench.mutants import BYTES, MAX_MUTANT_BYTES, TAR, Mutation, gzip_bomb, inside_gzip, one_of, pack_twice
from bench.mutants_text import HTML, JSON, TEX, XML, spoil_fields
from bench.mutants_warc import WARC

_bytes = one_of(BYTES)
_PACKED_TAR: tuple[Mutation, ...] = (_bytes, _bytes, *[inside_gzip(TAR)] * 7, pack_twice, gzip_bomb)


@dataclass(frozen=True)
class Format:
    """One kind of input. `cost` divides the counts of formats whose readers are slow."""

    seeds: Callable[[], Sequence[bytes]]
    mutations: Sequence[Mutation]
    read: Callable[[bytes, Random], Iterator[str]]
    cost: int = 1


FORMATS: dict[str, Format] = {
    "github_search": Format(seeds.search_pages, (_bytes, *JSON), readers.read_search_page),
    "github_tarball": Format(seeds.tarballs, _PACKED_TAR, readers.read_github_tarball),
    "oai_page": Format(seeds.oai_pages, (_bytes, *XML), readers.read_oai_page),
    "arxiv_manifest": Format(seeds.manifests, (_bytes, *XML, inside_gzip(XML), gzip_bomb), readers.read_manifest),
    "arxiv_bulk_tar": Format(seeds.bulk_tars, TAR, readers.read_bulk_tar),
    "eprint": Format(seeds.eprints, _PACKED_TAR, readers.read_eprint),
    "collinfo": Format(seeds.collinfos, (_bytes, *JSON), readers.read_collinfo),
    "warc_paths": Format(seeds.path_lists, (_bytes, inside_gzip(BYTES), gzip_bomb, pack_twice), readers.read_path_list),
    "warc_packed": Format(seeds.packed_warcs, WARC, readers.read_warc),
    "warc_plain": Format(seeds.plain_warcs, WARC, readers.read_warc),
    "captured_page": Format(seeds.html_pages, (_bytes, *HTML), readers.read_captured_page),
    "http_head": Format(seeds.http_heads, (_bytes, spoil_fields, spoil_fields), readers.read_http_head),
    "eprint_archive": Format(seeds.eprints, _PACKED_TAR, curation_readers.read_eprint_archive),
    "tex_source": Format(seeds.tex_sources, (_bytes, *TEX), curation_readers.read_tex),
    "source_file": Format(seeds.source_files, (_bytes,), curation_readers.read_source_file),
    "web_page": Format(seeds.html_pages, (_bytes, *HTML), curation_readers.read_web_page, cost=10),
}


@cache
def sound_inputs(format_name: str) -> tuple[bytes, ...]:
    """Return what the mutants of a format are made from."""
    return tuple(FORMATS[format_name].seeds())


def mutant(format_name: str, seed: int, number: int) -> tuple[bytes, Random]:
    """Return one spoilt input, and the draw as it goes on for its reader. The same three always give the same."""
    chance = Random(f"{format_name} {seed} {number}")
    inputs = sound_inputs(format_name)
    body = chance.choice(inputs)
    for _ in range(chance.choice((1, 1, 2, 3))):
        body = chance.choice(FORMATS[format_name].mutations)(chance, body, inputs)[:MAX_MUTANT_BYTES]
    return body, chance
