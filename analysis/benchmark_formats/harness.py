"""Results of lm-evaluation-harness: the `results_*.json` that its EvaluationTracker writes.

Read from its release 0.4.13 (lm_eval/result_schema.py, evaluator_utils.py, loggers/evaluation_tracker.py) and held to
it by a test: `results` maps task → {"acc,none": 0.7, "acc_stderr,none": …, "alias": …}, each metric with the filter of
the answers; `group_subtasks` maps group → its tasks; `n-shot`, `higher_is_better` and `configs` go by task;
`model_name` comes from `config.model_args`. Files of 0.4.0 lack `model_name`, those of 0.3 the filters.

One metric of a task counts: the first that `--metric` names and the task has; else the one the table of areas names;
else the first of METRICS. Its filter: the one named; else `none`; else the only one; else `strict-match`. Whatever is
left open by this is refused with the choices. A group whose area is known stands for its tasks (`mmlu` for its 57
subjects); of other groups only the tasks count.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analysis.benchmark_formats.areas import Areas
from analysis.benchmark_formats.claims import MAX_SHOTS, Claim, Claims, Skipped, setting_of, shots_part
from analysis.benchmark_formats.json_files import mapping_at, number_within
from storage.errors import InputError

REPORTED_BY = "lm-evaluation-harness"
METRICS = ("acc", "exact_match", "pass@1", "pass_at_1", "em", "f1")
FILTERS = ("none", "strict-match")
# Keys of a task that are no metrics; older releases wrote " " for a group without one.
OTHER_KEYS = frozenset({"alias", "name", "sample_len", "sample_count", "samples", " "})
# The order in which the harness itself looks for a model's name in its arguments.
NAME_KEYS = ("peft", "delta", "pretrained", "model", "path", "engine")

# The year 2200, in seconds since 1970.
LATEST_SECONDS = 7_258_118_400

Measures = Mapping[tuple[str, str], Any]
# What a wish asks for: task or any, metric, filter or any.
Key = tuple[str | None, str, str | None]


def is_harness(document: Any) -> bool:
    """Say whether a JSON document is a result of the harness."""
    return isinstance(document, dict) and isinstance(document.get("results"), dict) and "config" in document


def harness_claims(
    path: Path, document: dict[str, Any], areas: Areas, wanted: Sequence[str] = (), model: str | None = None
) -> Claims:
    """Read every task of one file; `wanted` are metrics by preference, `model` is what to call the file's model."""
    file = _File(path, document, areas, tuple(map(_wish, wanted)), model)
    claims, skipped, used = [], [], set[Key]()
    below = file.tasks_below_known_groups()
    for task, measures in file.tasks():
        if task in below:
            skipped.append(Skipped(f"task {task}", f"its group {below[task]} stands for it"))
        elif task in file.groups and areas.find(task) is None:
            skipped.append(Skipped(f"group {task}", "its area is not known; its tasks count (--area names one)"))
        elif (known := areas.find(task)) is None or known.area != "none":
            claims.append(file.claim(task, measures, used))
        else:
            skipped.append(Skipped(f"benchmark {task}", f"of none of the three areas ({known.source})"))
    if unused := [wish.spelled for wish in file.wishes if wish.key not in used]:
        raise InputError(
            f"{path}: no task that is imported has the metric {unused[0]!r}; leave --metric away or fix it."
        )
    return Claims(claims, skipped)


@dataclass(frozen=True, slots=True)
class _Wish:
    """`--metric acc_norm`, `exact_match,strict-match` or `TASK=acc`."""

    spelled: str
    task: str | None
    metric: str
    filter: str | None

    @property
    def key(self) -> Key:
        return self.task, self.metric, self.filter

    def is_met(self, task: str, measures: Measures) -> bool:
        is_there = any(metric == self.metric and self.filter in (None, name) for metric, name in measures)
        return is_there and self.task in (None, task)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    document: dict[str, Any]
    areas: Areas
    wishes: tuple[_Wish, ...]
    model: str | None

    @property
    def groups(self) -> dict[str, list[str]]:
        """The groups with their members, groups among them."""
        groups = mapping_at(self.path, self.document, "group_subtasks")
        for name, below in groups.items():
            if not isinstance(below, list) or not all(isinstance(task, str) for task in below):
                raise InputError(f"{self.path}: group_subtasks.{name} is {below!r}, it must be a list of tasks.")
        return {name: below for name, below in groups.items() if below}

    def tasks(self) -> Iterator[tuple[str, Measures]]:
        for task, entry in self.document["results"].items():
            if not isinstance(entry, dict):
                raise InputError(f"{self.path}: results.{task} is {entry!r}, it must be an object of metrics.")
            if measures := _measures(self._place(task), entry):
                yield task, measures

    def tasks_below_known_groups(self) -> dict[str, str]:
        """Return every task for which a group stands that has results of its own and an area."""
        below: dict[str, str] = {}
        reported = dict(self.tasks())
        for group in self.groups:
            if group in reported and self.areas.find(group) is not None:
                below |= {task: below.get(task, group) for task in self._descendants(group)}
        return below

    def claim(self, task: str, measures: Measures, used: set[Key]) -> Claim:
        metric, chosen = self._chosen(task, measures, used)
        spelled = metric if chosen == "none" else f"{metric},{chosen}"
        if mapping_at(self.path, self.document, "higher_is_better", task).get(metric) is False:
            raise InputError(
                f"{self._place(task)}.{spelled}: of this metric less is better; name another with --metric."
            )
        value = number_within(f"{self._place(task)}.{spelled}", measures[metric, chosen], 0, 1)
        shots = self._shots(task)
        return Claim(
            place=self._place(task),
            names=self._names(),
            benchmark=task,
            setting=setting_of(
                spelled,
                shots_part(shots),
                self._limit(),
                "chat template" if self.document.get("chat_template") else None,
            ),
            value=value,
            shots=shots,
            source=self._source(task),
            reported_by=REPORTED_BY,
        )

    def _descendants(self, group: str) -> Iterator[str]:
        waiting, seen = [group], {group}
        while waiting:
            for task in self.groups.get(waiting.pop(), ()):
                if task not in seen:
                    seen.add(task)
                    waiting.append(task)
                    yield task

    def _chosen(self, task: str, measures: Measures, used: set[Key]) -> tuple[str, str]:
        """Return metric and filter that count, by the rule at the top of this module."""
        wish = next((wish for wish in self.wishes if wish.is_met(task, measures)), None)
        if wish:
            used.add(wish.key)
            return wish.metric, wish.filter or self._filter(task, wish.metric, measures)
        known = self.areas.find(task)
        tabled = _wish(known.metric) if known and known.metric else None
        if tabled and tabled.is_met(task, measures):
            return tabled.metric, tabled.filter or self._filter(task, tabled.metric, measures)
        metrics = list(dict.fromkeys(metric for metric, _ in measures))
        better = mapping_at(self.path, self.document, "higher_is_better", task)
        rising = [metric for metric in metrics if better.get(metric) is not False]
        chosen = next((one for one in METRICS if one in rising), rising[0] if len(rising) == 1 else None)
        if chosen is None:
            raise InputError(f"{self._place(task)}: which of {', '.join(metrics)} counts? Say so with --metric.")
        return chosen, self._filter(task, chosen, measures)

    def _filter(self, task: str, metric: str, measures: Measures) -> str:
        filters = [name for one, name in measures if one == metric]
        chosen = filters[0] if len(filters) == 1 else next((name for name in FILTERS if name in filters), None)
        if chosen is None:
            choices = ", ".join(f"'{metric},{name}'" for name in filters)
            raise InputError(f"{self._place(task)}: which of {choices} counts? Say so with --metric.")
        return chosen

    def _shots(self, task: str) -> int | None:
        whole_file = mapping_at(self.path, self.document, "config")
        of_task = mapping_at(self.path, self.document, "configs", task)
        stated = (
            mapping_at(self.path, self.document, "n-shot").get(task),
            *(c.get("num_fewshot") for c in (of_task, whole_file)),
        )
        shots = next((number for number in stated if number is not None), None)
        return None if shots is None else int(number_within(f"{self.path}: n-shot.{task}", shots, 0, MAX_SHOTS))

    def _limit(self) -> str | None:
        limit = mapping_at(self.path, self.document, "config").get("limit")
        return None if limit is None else f"limit {number_within(f'{self.path}: config.limit', limit, 0, math.inf):g}"

    def _names(self) -> tuple[str, ...]:
        if self.model:
            return (self.model,)
        config = mapping_at(self.path, self.document, "config")
        name = self.document.get("model_name") or _model_of(config.get("model_args"))
        if not name:
            raise InputError(
                f"{self.path}: neither model_name nor config.model_args says which model this is; use --model."
            )
        sha = config.get("model_sha")
        is_folder = str(name).startswith(("/", "./", "../", "~"))
        names = (f"{name}@{sha}" if sha else None, str(name), Path(str(name)).name if is_folder else None)
        return tuple(one for one in names if one)

    def _source(self, task: str) -> str:
        release = self.document.get("lm_eval_version") or self.document.get("git_hash")
        version = mapping_at(self.path, self.document, "versions").get(task)
        began = self.document.get("date")
        seconds = None if began is None else number_within(f"{self.path}: date", began, 0, LATEST_SECONDS)
        day = None if seconds is None else datetime.fromtimestamp(seconds, UTC).date().isoformat()
        return setting_of(
            f"{REPORTED_BY} {release}" if release else REPORTED_BY,
            None if version is None else f"task version {version}",
            day,
            self.path.name,
        )

    def _place(self, task: str) -> str:
        return f"{self.path}: results.{task}"


def _measures(place: str, entry: Mapping[str, Any]) -> Measures:
    """Return the metrics of a task by (metric, filter), standard errors left out."""
    measures: dict[tuple[str, str], Any] = {}
    for key, value in entry.items():
        metric, _, name = key.partition(",")
        if key in OTHER_KEYS or metric.endswith("_stderr"):
            continue
        if not isinstance(value, (int, float, str)) or isinstance(value, bool):
            raise InputError(f"{place}.{key} is {value!r}, which is no metric; this is not a file of {REPORTED_BY}.")
        measures[metric, name or "none"] = value
    return measures


def _wish(spelled: str) -> _Wish:
    task, _, measure = spelled.rpartition("=")
    metric, _, name = measure.partition(",")
    return _Wish(spelled, task or None, metric, name or None)


def _model_of(arguments: Any) -> str | None:
    """Return the model that `model_args` names, as the harness finds it."""
    if isinstance(arguments, str):
        arguments = dict(re.findall(r"(?:^|,)\s*(\w+)=([^,]*)", arguments))
    if not isinstance(arguments, dict):
        return None
    return next((str(arguments[key]) for key in NAME_KEYS if arguments.get(key)), None)
