"""What scoring will take, by what it took: the last run of a model by a protocol on a device predicts its next one."""

from dataclasses import dataclass

from analysis.questions import ask
from schedules.scored_texts import ScoredTexts
from scoring.progress import spoken_time
from storage.lake import Connection
from storage.records import LanguageModel, Protocol, ScoringRun

CODEC_MACHINE = ("cpu", "none")


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is left to score with one model, and what that will take; None where no run of its kind is known.

    What a killed run has on disk already counts as left: it is not in the lake yet.
    """

    snapshot_id: str
    model_id: str
    protocol_id: str
    device: str
    dtype: str
    document_count: int
    char_count: int
    predicted_seconds: float | None
    predicted_peak_memory_bytes: int | None
    predicted_from: str | None


def machine_of(model: LanguageModel, device: str, dtype: str) -> tuple[str, str]:
    """Return on what a model will run and in which format, as its scoring run will say it."""
    if model.kind == "codec":
        return CODEC_MACHINE
    if device == "cpu":
        # What torch would say, without the seconds that loading it takes.
        return "cpu", "float32" if dtype == "auto" else dtype
    from scoring import devices

    picked = devices.pick_device(device)
    return devices.device_name(picked), devices.dtype_name(devices.pick_dtype(dtype, picked))


def estimate(
    connection: Connection, scored: ScoredTexts, model: LanguageModel, protocol: Protocol, machine: tuple[str, str]
) -> Estimate:
    """Say what is left of these texts for one model, and what its last run of the kind predicts."""
    values = {"snapshot_id": scored.snapshot_id, "model_id": model.model_id, "protocol_id": protocol.protocol_id}
    ((document_count, char_count),) = ask(connection, "unscored_texts", values).rows
    last = ask(connection, "last_cost", values | {"device": machine[0], "dtype": machine[1]}).rows
    predicted_from, seconds_per_character, memory = last[0] if last else (None, None, None)
    return Estimate(
        **values,
        device=machine[0],
        dtype=machine[1],
        document_count=document_count,
        char_count=char_count,
        predicted_seconds=None if seconds_per_character is None else char_count * seconds_per_character,
        predicted_peak_memory_bytes=memory,
        predicted_from=predicted_from,
    )


def prediction_line(estimated: Estimate) -> str:
    """Say what is to be done and what it will take."""
    to_do = f"{estimated.char_count:,} characters of {estimated.document_count:,} texts to score"
    if estimated.predicted_seconds is None or estimated.predicted_peak_memory_bytes is None:
        kind = "" if estimated.dtype == CODEC_MACHINE[1] else f" on {estimated.device} in {estimated.dtype}"
        return f"{to_do}; no earlier run{kind} says how long it takes"
    time, memory = spoken_time(estimated.predicted_seconds), _gigabytes(estimated.predicted_peak_memory_bytes)
    return f"{to_do}; its run on {estimated.predicted_from} predicts {time}, {memory}"


def cost_line(run: ScoringRun, estimated: Estimate) -> str:
    """Say what a run took, beside what was predicted."""
    speed = f", {run.token_count / run.seconds:,.0f} tokens/s" if run.token_count and run.seconds else ""
    took, memory = spoken_time(run.seconds), _gigabytes(run.peak_memory_bytes)
    if estimated.predicted_seconds is None or estimated.predicted_peak_memory_bytes is None:
        return f"took {took}{speed}, {memory} at its peak"
    predicted = f"{spoken_time(estimated.predicted_seconds)}, {_gigabytes(estimated.predicted_peak_memory_bytes)}"
    return f"took {took}{speed}, {memory} at its peak; predicted were {predicted}"


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
