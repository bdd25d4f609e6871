"""Real model folders, and one sentence where there is none."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import torch

from scoring.devices import peak_memory_bytes, pick_device, pick_dtype
from scoring.models import ModelSource, context_tokens, describe_model, folder_revision, load_model
from scoring.products import OneDnnLinear, is_onednn_faster
from storage.errors import ScoringError
from tests.scoring import tiny

ROOT = Path(__file__).resolve().parents[2]
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "tiny-llama"
    return tiny.save(tiny.network("llama"), tiny.byte_tokenizer(), folder), folder


def load(source, window=1900, dtype=torch.float32):
    return load_model(source, CPU, dtype, window)


def test_a_folder_is_loaded_as_it_was_saved(saved):
    source, _ = saved
    model = load(source)
    ids = torch.arange(12)[None]
    torch.testing.assert_close(model.network(ids).logits, tiny.network("llama")(ids).logits)
    assert not model.network.training
    assert model.tokenizer.bos_token_id == tiny.BOS_ID
    assert (model.vocabulary_size, model.context_tokens, model.dtype) == (tiny.VOCABULARY, 2048, "float32")
    assert model.attention == "sdpa"


def test_a_model_is_loaded_in_the_format_asked_for(saved):
    assert load(saved[0], dtype=torch.bfloat16).network.dtype == torch.bfloat16


def test_linear_layers_go_through_onednn_where_it_is_faster_and_only_there(saved, monkeypatch):
    ids = torch.arange(12)[None]
    for is_faster, kind in ((True, OneDnnLinear), (False, torch.nn.Linear)):
        monkeypatch.setattr("scoring.models.is_onednn_faster", lambda is_faster=is_faster: is_faster)
        model = load(saved[0])
        assert type(model.network.lm_head) is kind
        torch.testing.assert_close(model.network(ids).logits, tiny.network("llama")(ids).logits)


def test_onednn_is_faster_on_other_processors_than_intels(tmp_path, monkeypatch):
    facts = tmp_path / "cpuinfo"
    monkeypatch.setattr("scoring.products.CPU_FACTS", facts)
    monkeypatch.setattr("torch.backends.cpu.get_cpu_capability", lambda: "AVX512")
    monkeypatch.setattr("torch.backends.mkldnn.is_available", lambda: True)
    assert not is_onednn_faster()
    facts.write_text("vendor_id : AuthenticAMD")
    assert is_onednn_faster()
    facts.write_text("vendor_id : GenuineIntel")
    assert not is_onednn_faster()


def test_a_spread_model_is_laid_out_by_accelerate(saved, monkeypatch):
    asked = {}

    class Loader:
        @staticmethod
        def from_pretrained(*_, **options):
            asked.update(options)
            return tiny.network("llama"), {"missing_keys": []}

    monkeypatch.setattr("scoring.models.AutoModelForCausalLM", Loader)
    monkeypatch.setattr("transformers.LlamaForCausalLM.to", None)  # a model that is laid out is not moved
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: object())
    model = load_model(saved[0], torch.device("cuda"), torch.float32, 1900, is_spread=True)
    assert asked["device_map"] == "balanced"
    assert model.device == CPU  # where its first layer lies


def test_a_spread_model_needs_accelerate(saved, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ScoringError, match=r"accelerate, which is not installed; pip install 'freshpress\[gpu\]'"):
        load_model(saved[0], CPU, torch.float32, 1900, is_spread=True)


def test_a_folder_is_described_without_reading_its_weights(saved, monkeypatch):
    source, folder = saved
    monkeypatch.setattr("scoring.models.AutoModelForCausalLM.from_pretrained", None)
    facts = describe_model(str(folder))
    weights = (folder / "model.safetensors").read_bytes()
    assert facts.revision == hashlib.sha256(weights).hexdigest() == folder_revision(folder) == source.revision
    assert facts.model_id == f"tiny-llama@{facts.revision}"
    assert facts.parameter_count == sum(p.numel() for p in tiny.network("llama").parameters())
    assert facts.context_tokens == 2048


def test_tied_weights_are_counted_once(tmp_path):
    network = tiny.network("llama", tie_word_embeddings=True)
    tiny.save(network, tiny.byte_tokenizer(), tmp_path)
    assert describe_model(str(tmp_path)).parameter_count == sum(p.numel() for p in network.parameters())


def test_a_sharded_model_is_hashed_in_order_of_its_file_names(saved, tmp_path):
    tiny.network("llama").save_pretrained(tmp_path, max_shard_size="20KB")
    files = sorted(tmp_path.glob("*.safetensors"))
    assert len(files) > 1
    assert folder_revision(tmp_path) == hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def changed(saved, tmp_path, **config):
    folder = tmp_path / "changed"
    shutil.copytree(saved[1], folder)
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | config))
    return folder, ModelSource("changed@1", str(folder), None, "base", trust_remote_code=False)


def assert_one_sentence(error):
    assert "\n" not in str(error.value)
    # The folder is named twice, and may have a long name.
    assert len(str(error.value)) < 600


@pytest.mark.parametrize("location", ["/nowhere/model", "./nowhere", "a/b/c", "scoring/nowhere"])
def test_a_missing_folder_is_named(location, monkeypatch):
    monkeypatch.chdir(ROOT)
    for ask in (describe_model, lambda where: load(ModelSource("m", where, None, "base", trust_remote_code=False))):
        with pytest.raises(ScoringError, match=f"there is no model folder {location}") as error:
            ask(location)
        assert_one_sentence(error)


def test_a_name_the_hub_does_not_give_out_is_named(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ScoringError, match="no-such/model, which is neither a folder here nor a model") as error:
        describe_model("no-such/model")
    assert_one_sentence(error)


def test_a_folder_without_config_is_no_model_folder(tmp_path):
    with pytest.raises(ScoringError, match=r"no model folder: it has no config\.json"):
        describe_model(str(tmp_path))


def test_a_folder_without_weights_is_named(saved, tmp_path):
    folder, source = changed(saved, tmp_path)
    (folder / "model.safetensors").unlink()
    for ask in (lambda: describe_model(str(folder)), lambda: load(source), lambda: folder_revision(folder)):
        with pytest.raises(ScoringError, match="has no weights"):
            ask()


def test_pickled_weights_are_not_opened_unasked(saved, tmp_path):
    folder, source = changed(saved, tmp_path)
    (folder / "model.safetensors").unlink()
    torch.save(tiny.network("llama").state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(ScoringError, match="no model can be loaded") as error:
        load(source)
    assert_one_sentence(error)
    trusted = ModelSource("changed@1", str(folder), None, "base", trust_remote_code=True)
    assert load(trusted).network is not None


def test_code_of_a_model_does_not_run_unasked(saved, tmp_path):
    folder, source = changed(
        saved, tmp_path, model_type="custom", auto_map={"AutoConfig": "code.Config", "AutoModelForCausalLM": "code.Net"}
    )
    (folder / "code.py").write_text("raise SystemExit('ran')\n")
    with pytest.raises(ScoringError, match="no model can be loaded") as error:
        load(source)
    assert_one_sentence(error)


@pytest.mark.parametrize("content", [b"", b"{", b"\x00\xff"])
def test_a_broken_config_is_one_sentence(saved, tmp_path, content):
    folder, source = changed(saved, tmp_path)
    (folder / "config.json").write_bytes(content)
    with pytest.raises(ScoringError) as error:
        load(source)
    assert_one_sentence(error)


def test_cut_off_weights_are_one_sentence(saved, tmp_path):
    folder, source = changed(saved, tmp_path)
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ScoringError) as error:
        load(source)
    assert_one_sentence(error)


def test_weights_that_lack_tensors_are_not_filled_up_with_random_ones(saved, tmp_path):
    _, source = changed(saved, tmp_path, num_hidden_layers=3)
    with pytest.raises(ScoringError, match=r"lack 9 of the model's tensors, first model\.layers\.2\."):
        load(source)


def test_weights_of_other_shapes_are_one_sentence(saved, tmp_path):
    _, source = changed(saved, tmp_path, hidden_size=16)
    with pytest.raises(ScoringError) as error:
        load(source)
    assert_one_sentence(error)


def test_a_folder_without_tokenizer_is_one_sentence(saved, tmp_path):
    folder, source = changed(saved, tmp_path)
    for path in folder.glob("tokenizer*"):
        path.unlink()
    with pytest.raises(ScoringError) as error:
        load(source)
    assert_one_sentence(error)


def test_a_context_below_the_window_is_refused_with_both_numbers(saved, tmp_path):
    _, source = changed(saved, tmp_path, max_position_embeddings=512)
    with pytest.raises(ScoringError, match="reads at most 512 tokens and the protocol's window is 1900") as error:
        load(source)
    assert "document_512" in str(error.value)
    assert load(source, window=512).context_tokens == 512


def test_context_is_found_under_each_familys_name():
    assert context_tokens(tiny.network("gpt2").config) == 2048
    assert context_tokens(tiny.network("mamba").config) is None


def test_weights_that_changed_since_the_model_was_added_are_refused(saved, tmp_path):
    folder, _ = changed(saved, tmp_path)
    with pytest.raises(ScoringError, match="hash to"):
        load(ModelSource("m@abc", str(folder), "abc", "base", trust_remote_code=False))


def test_devices_and_formats_are_picked_or_refused():
    assert pick_device("cpu") == CPU
    assert pick_dtype("auto", CPU) == torch.float32
    assert pick_dtype("bfloat16", CPU) == torch.bfloat16
    assert pick_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    with pytest.raises(ScoringError, match="no dtype 'int8'"):
        pick_dtype("int8", CPU)


@pytest.mark.parametrize("name", ["tpu9", "xpu", "meta", "cuda:99", "cuda:-1", "", "cpu:7"])
def test_a_device_that_is_not_there_is_a_stated_failure(name):
    with pytest.raises(
        ScoringError, match=rf"no device '{name}': torch .* sees cpu.* here; choose one of these"
    ) as error:
        pick_device(name)
    assert_one_sentence(error)


def test_gpus_are_counted(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    assert [str(pick_device(name)) for name in ("auto", "cuda", "cuda:1")] == ["cuda", "cuda", "cuda:1"]
    assert str(pick_device("balanced")) == "cuda"
    with pytest.raises(ScoringError, match=r"no device 'cuda:2': torch .* sees cpu, cuda, cuda:0, cuda:1"):
        pick_device("cuda:2")


@pytest.mark.parametrize("name", ["cuda", "balanced"])
@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is there")
def test_a_gpu_that_is_not_there_is_a_stated_failure(name):
    with pytest.raises(ScoringError, match=rf"no device '{name}': torch .* sees cpu"):
        pick_device(name)


def test_the_memory_of_all_gpus_counts(monkeypatch):
    monkeypatch.setattr("torch.cuda.device_count", lambda: 3)
    monkeypatch.setattr("torch.cuda.max_memory_allocated", lambda number: 10**number)
    assert peak_memory_bytes(torch.device("cuda")) == 111


def test_a_model_that_does_not_fit_its_device_is_one_sentence(saved, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.\nSee the documentation.")

    monkeypatch.setattr("transformers.LlamaForCausalLM.to", full)
    with pytest.raises(ScoringError, match=r"CUDA out of memory\. Tried to allocate 2 GiB\.$") as error:
        load(saved[0])
    assert_one_sentence(error)
