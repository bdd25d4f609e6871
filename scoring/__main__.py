"""`python -m scoring DIR --model M --protocol P --out F`: score an exported snapshot on a node without the lake.

Writes one result file for `freshpress score-import`. Killed and run again it goes on where it stopped (F.parts/).
"""

import argparse
import sys
from pathlib import Path

from scoring.codecs import CODECS
from scoring.measurers import CODEC_KIND
from scoring.models import ModelSource, describe_model
from scoring.own_protocols import PROTOCOLS_FILE, read_own_protocols
from scoring.progress import Lines
from scoring.protocols import PROTOCOLS, find_protocol
from scoring.score import score_texts
from scoring.shards import ScoreOutcome, write_result_file
from scoring.texts import read_export
from storage.errors import FreshpressError

PROTOCOL_HELP = f"{', '.join(protocol.name for protocol in PROTOCOLS)}, or one of {PROTOCOLS_FILE} in DIR"


def main(arguments: list[str] | None = None) -> int:
    """Score, and return the exit code: 0 done, 1 a stated failure."""
    options = _parser().parse_args(arguments)
    try:
        outcome = _score(options)
    except FreshpressError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    run = outcome.scoring_run
    sys.stderr.writelines(f"{note}\n" for note in outcome.notes)
    sys.stderr.write(f"{options.out}: {len(outcome.scores)} scores of {run.model_id} by {run.protocol_id}\n")
    return 0


def _score(options: argparse.Namespace) -> ScoreOutcome:
    protocol = find_protocol(options.protocol, read_own_protocols(options.folder))
    source = _find_source(options)
    snapshot_id, texts = read_export(options.folder)
    outcome = score_texts(
        texts,
        source,
        protocol,
        snapshot_id,
        options.out.with_name(f"{options.out.name}.parts"),
        device=options.device,
        dtype=options.dtype,
        batch_tokens=options.batch_tokens,
        shard_documents=options.shard_documents,
        on_progress=Lines(sys.stderr.write).show,
        token_bits=options.token_bits,
        until_se=options.until_se,
        recheck_share=options.recheck_share,
        seed=options.seed,
    )
    write_result_file(options.out, outcome)
    return outcome


def _find_source(options: argparse.Namespace) -> ModelSource:
    if options.model in CODECS:
        return ModelSource(options.model, options.model, None, CODEC_KIND, trust_remote_code=False)
    facts = describe_model(options.model, options.revision, trust_remote_code=options.trust_remote_code)
    model_id = options.model_id or facts.model_id
    return ModelSource(model_id, options.model, facts.revision, "base", options.trust_remote_code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m scoring", description="Score an exported snapshot with one model.")
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder that freshpress export-texts wrote")
    parser.add_argument("--model", required=True, help=f"model folder, Hub id, or codec ({', '.join(CODECS)})")
    parser.add_argument("--revision", help="revision of a Hub id")
    parser.add_argument("--model-id", help="id the model is registered under, where it is not NAME@REVISION")
    parser.add_argument("--protocol", default="document", help=PROTOCOL_HELP)
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="result file, for score-import")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 …, balanced (all GPUs)")
    parser.add_argument("--dtype", default="auto", help="auto, float32, bfloat16 or float16")
    parser.add_argument("--batch-tokens", type=int, default=16_384, help="tokens in one forward pass, padding included")
    parser.add_argument("--shard-documents", type=int, default=64, help="documents a killed run repeats at most")
    parser.add_argument("--token-bits", action="store_true", help="also keep the bits of every token, beside FILE")
    parser.add_argument(
        "--until-se",
        type=float,
        metavar="X",
        help="stop once every source's bits per character is known with a standard error below X",
    )
    parser.add_argument("--recheck-share", type=float, default=0.005, help="share of windows scored again in float32")
    parser.add_argument("--seed", type=int, default=2404, help="order of the texts, and draw of those windows")
    parser.add_argument("--trust-remote-code", action="store_true", help="let the model run code of its own")
    return parser


if __name__ == "__main__":
    sys.exit(main())
