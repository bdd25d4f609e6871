"""Known vulnerabilities and licences of what Freshpress is installed with; `make audit` runs it.

A package with a known vulnerability is a failure. So is one that was not audited while an advisory source answered for
others; where none can be reached at all, the packages are named "not audited", never "ok". The licences of everything
that Freshpress itself needs stand in docs/licences.md: `python .ci/audit.py --write` brings that table up to date.
"""

import argparse
import json
import re
import subprocess
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
BEGIN, END = "<!-- licences:begin -->", "<!-- licences:end -->"
# Licences under which a library may be imported by a program under Apache-2.0 and passed on beside it.
ADMITTED = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python|MPL|Zlib|Unlicense|CC0|Public Domain|HPND|WTFPL|0BSD|BlueOak|ZPL|LGPL",
    re.IGNORECASE,
)
# What its metadata does not tell, told by its own files; and programs that are run, not linked.
TOLD_ELSEWHERE = {
    "pypandoc-binary": "MIT (pandoc inside: GPL-2.0-or-later, run as a program)",
}


def audit() -> list[str]:
    """Print what an advisory source says of the pinned versions; return what is wrong."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(ROOT / "constraints.txt"), "--no-deps",
               "--disable-pip", "--progress-spinner", "off", "--format", "json"]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(ended.stdout)["dependencies"]
    except (ValueError, KeyError):
        return [f"pip-audit gave no answer: {ended.stderr.strip()}"]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    hurt = [f"{p['name']} {p['version']}: {', '.join(v['id'] for v in p['vulns'])}" for p in packages if p.get("vulns")]
    asked = len(packages) - len(skipped)
    print(f"audited: {asked} packages, of which {len(hurt)} have known vulnerabilities")
    print(f"not audited: {len(skipped)} packages" + ("" if asked else "; no advisory source could be reached"))
    return hurt + ([f"{name} was not audited" for name in skipped] if asked else [])


def licences() -> dict[str, str]:
    """Return the licence of every package that Freshpress needs, however far down."""
    found: dict[str, str] = {}
    waiting = ["freshpress"]
    while waiting:
        name = waiting.pop()
        installed = distribution(name)
        if name != "freshpress":
            found[_normal(name)] = TOLD_ELSEWHERE.get(_normal(name)) or _licence(installed)
        for line in installed.requires or []:
            needed = Requirement(line)
            is_needed = needed.marker is None or needed.marker.evaluate({"extra": ""})
            if is_needed and _normal(needed.name) not in found and _is_installed(needed.name):
                waiting.append(needed.name)
    return dict(sorted(found.items()))


def is_admitted(name: str, licence: str) -> bool:
    """Say whether a program under Apache-2.0 may import a package; what is under the GPL alone it may only run."""
    if name in TOLD_ELSEWHERE:
        return True
    return bool(ADMITTED.search(licence)) and (" OR " in licence or not re.search(r"(?<!L)GPL", licence))


def table(found: dict[str, str]) -> str:
    """Return the licences as a table of Markdown."""
    rows = [f"| {name} | {licence} |" for name, licence in found.items()]
    return "\n".join([BEGIN, "| package | licence |", "|---|---|", *rows, END])


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _licence(installed: Distribution) -> str:
    """Return the licence by its expression, else by its classifiers, else by the first line of its own words."""
    told = installed.metadata
    if expression := told["License-Expression"]:
        return str(expression)
    classifiers = [
        line.rsplit(" :: ", 1)[1] for line in told.get_all("Classifier", []) if line.startswith("License ::")
    ]
    if named := [name for name in classifiers if name != "OSI Approved"]:
        return ", ".join(named)
    return (str(told["License"] or "").strip().splitlines() or ["unknown"])[0]


def main() -> int:
    """Audit and list; return 1 with a line for everything that is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="Write the table of docs/licences.md.")
    is_writing = parser.parse_args().write
    found = licences()
    refused = [f"{name} is under {said}" for name, said in found.items() if not is_admitted(name, said)]
    troubles = [f"{one}, which a program under Apache-2.0 may not import" for one in refused]
    page = PAGE.read_text(encoding="utf-8")
    fresh = re.sub(f"{BEGIN}.*{END}", lambda _: table(found), page, flags=re.DOTALL)
    if is_writing:
        PAGE.write_text(fresh, encoding="utf-8")
    elif fresh != page:
        troubles.append("docs/licences.md is not up to date; `python .ci/audit.py --write` mends it")
    print(f"licences: {len(found)} packages, all admitted" if not troubles else f"licences: {len(found)} packages")
    troubles += audit()
    for trouble in troubles:
        print(trouble, file=sys.stderr)
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
