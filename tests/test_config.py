import tomllib
from pathlib import Path

import pytest

from config import DEFAULTS_PATH, SHIPPED_PROTOCOLS, USER_FILE, load_settings, settings_hash
from scoring.protocols import PROCEDURES, PROTOCOLS, own_protocol
from storage.errors import ConfigError


def user(home: Path, text: str) -> Path:
    (home / USER_FILE).write_text(text)
    return home


def test_every_default_is_valid_and_explained() -> None:
    assert load_settings().crawler.github.api_url == "https://api.github.com"
    lines = DEFAULTS_PATH.read_text().splitlines()
    assert (
        sum(line.startswith("#") for line in lines) > sum("=" in line for line in lines if not line.startswith("#")) / 3
    )


def test_a_user_file_changes_only_what_it_sets(tmp_path: Path) -> None:
    changed = load_settings(user(tmp_path, "[crawler.github]\nmin_stars = 7\n"))
    assert changed.crawler.github.min_stars == 7
    assert changed.crawler.arxiv == load_settings().crawler.arxiv


def test_an_unknown_key_is_an_error_with_its_place_and_a_near_name(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"freshpress.toml: unknown key crawler.github.min_star; .*crawler.github.min_stars"
    ):
        load_settings(user(tmp_path, "[crawler.github]\nmin_star = 7\n"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[scoring]\nbatch_tokens = 0\n", r"scoring.batch_tokens = 0 is not usable"),
        ("[scoring]\ndtype = 'int4'\n", r"scoring.dtype = 'int4'"),
        ("[crawler.arxiv]\noai_url = 'ftp://x'\n", r"crawler.arxiv.oai_url = 'ftp://x'"),
        ("[crawler.arxiv]\nbulk_dir = 1\n", r"crawler.arxiv.bulk_dir = 1 is not usable"),
        ("scoring = 1\n", r"scoring = 1"),
        ("[scoring\n", "is not valid TOML"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        load_settings(user(tmp_path, text))


@pytest.mark.parametrize("key", ["oai_url", "source_url"])
@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://arxiv.org/e-print", "arxiv.org"),
        ("http://WWW.arXiv.org./oai", "www.arxiv.org"),
        ("https://me@arxiv.org:443/oai2", "arxiv.org"),
    ],
)
def test_the_hosts_that_arxiv_keeps_for_readers_are_refused(tmp_path: Path, key: str, url: str, host: str) -> None:
    why = (
        rf"crawler\.arxiv\.{key} = '{url}' is not usable: the robots\.txt of {host} forbids programs, "
        r"which are served by oaipmh\.arxiv\.org and export\.arxiv\.org; config\.toml explains the key\."
    )
    with pytest.raises(ConfigError, match=why):
        load_settings(user(tmp_path, f"[crawler.arxiv]\n{key} = '{url}'\n"))


@pytest.mark.parametrize(
    "url", ["https://export.arxiv.org/oai2", "https://arxiv.org.example.com/oai", "http://[::1]/o"]
)
def test_mirrors_and_the_hosts_for_programs_are_not(tmp_path: Path, url: str) -> None:
    settings = load_settings(user(tmp_path, f"[crawler.arxiv]\noai_url = '{url}'\n"))
    assert settings.crawler.arxiv.oai_url == url


def test_no_default_is_a_secret() -> None:
    text = DEFAULTS_PATH.read_text()
    assert "GITHUB_TOKEN" in text
    assert not any("token" in key.lower() for key in tomllib.loads(text)["crawler"]["github"])


def test_settings_hash_follows_the_values_alone() -> None:
    section = load_settings().curation
    assert settings_hash(section) == settings_hash(load_settings().curation)
    assert settings_hash(section) != settings_hash(section.model_copy(update={"accept_undated": True}))


OWN_PROTOCOL = "[scoring.protocols.{}]\nlike = '{}'\nwindow_tokens = {}\nstride_tokens = {}\n"


@pytest.mark.parametrize("like", PROCEDURES)
def test_a_user_may_define_protocols_of_every_procedure(tmp_path: Path, like: str) -> None:
    assert load_settings().scoring.protocols == {}
    asked = load_settings(user(tmp_path, OWN_PROTOCOL.format("mine", like, 64, 64))).scoring.protocols["mine"]
    made = own_protocol("mine", asked.like, asked.window_tokens, asked.stride_tokens)
    assert (made.window_tokens, made.stride_tokens) == (64, 64)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (("document", "document", 64, 32), "document is a protocol that Freshpress ships; give yours another name"),
        (("codec_stream", "document", 64, 32), "codec_stream is a protocol that Freshpress ships"),
        (("mine", "document", 64, 65), "stride_tokens = 65 is not usable: a stride over the window of 64 leaves"),
        (("mine", "document", 64, 0), "stride_tokens = 0 is not usable"),
        (("mine", "lm_eval", 64, 32), "stride_tokens = 32 is not usable: windows of lm_eval follow one another"),
        (("mine", "codec", 64, 32), "scoring.protocols.mine.like = 'codec' is not usable"),
        (("Mine@2", "document", 64, 32), "scoring.protocols.Mine@2.*is not usable"),
    ],
)
def test_a_protocol_that_cannot_be_followed_is_refused(tmp_path: Path, given: tuple[object, ...], why: str) -> None:
    name, *values = given
    with pytest.raises(ConfigError, match=why):
        load_settings(user(tmp_path, OWN_PROTOCOL.format(f'"{name}"', *values)))


def test_a_protocol_has_no_key_that_nobody_knows(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"scoring.protocols.mine.packing = 'x' is not usable"):
        load_settings(user(tmp_path, OWN_PROTOCOL.format("mine", "document", 64, 32) + "packing = 'x'\n"))


def test_the_names_that_are_refused_are_those_of_the_shipped_protocols() -> None:
    assert {protocol.name for protocol in PROTOCOLS} == SHIPPED_PROTOCOLS
