"""arXiv's side of the origin: OAI-PMH 2.0 with resumption tokens and arXivRaw records, and e-print downloads."""

import re
import zlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, quote, unquote, urlencode
from xml.sax.saxutils import escape, quoteattr

from demo.answers import Answer
from demo.records import Material, Paper, PaperVersion

# Small, so that every list of the demo has several pages; arXiv's own have about a thousand records.
PAGE_SIZE = 7
GZIP_MAGIC = b"\x1f\x8b"
ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">\n'
)
RAW = (
    '<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://arxiv.org/OAI/arXivRaw/ http://arxiv.org/OAI/arXivRaw.xsd">\n'
)
ARGUMENTS = {
    "Identify": set[str](),
    "ListSets": set[str](),
    "ListMetadataFormats": set[str](),
    "GetRecord": {"identifier", "metadataPrefix"},
    "ListRecords": {"metadataPrefix", "set", "from", "until"},
}


class OaiError(Exception):
    """A request that OAI-PMH answers with an `error` element, named by its code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def answer_oai(material: Material, base_url: str, query: str) -> Answer:
    """Answer one OAI-PMH request; a wrong one gets the error element of the protocol, with status 200."""
    values = parse_qs(query, keep_blank_values=True)
    arguments = {key: value[0] for key, value in values.items()}
    recorded = arguments.get("resumptionToken") or arguments.get("set", "")
    if recorded in material.oai_answers:
        return Answer(200, material.oai_answers[recorded], content_type="text/xml; charset=utf-8")
    try:
        if any(len(value) > 1 for value in values.values()):
            raise OaiError("badArgument", "An argument is repeated")  # noqa: TRY301 -- one way out for all errors
        content = _answer(material.papers, base_url, arguments)
    except OaiError as error:
        content = f'<error code="{error.code}">{escape(str(error))}</error>'
        if error.code in {"badVerb", "badArgument"}:
            arguments = {}  # the protocol repeats no arguments it could not understand
    attributes = "".join(f" {key}={quoteattr(value)}" for key, value in arguments.items())
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    head = f"<responseDate>{now}</responseDate>\n<request{attributes}>{escape(base_url)}</request>\n"
    body = f"{ENVELOPE}{head}{content}\n</OAI-PMH>\n"
    return Answer(200, body.encode(), content_type="text/xml; charset=utf-8")


def send_eprint(papers: Iterable[Paper], path: str) -> Answer:
    """Answer `GET /e-print/ID[vN]`: a PDF, a gzipped tar or one gzipped file, of the named or the newest version."""
    match = re.fullmatch(r"(.+?)(?:v(\d+))?", unquote(path))
    paper = next((one for one in papers if match and one.arxiv_id == match[1] and not one.is_deleted), None)
    if match is None or paper is None or int(match[2] or 1) not in range(1, len(paper.versions) + 1):
        return _no_eprint(path)
    number = int(match[2] or len(paper.versions))
    source = paper.versions[number - 1].source
    return _no_eprint(path) if source is None else _eprint(f"{paper.arxiv_id.replace('/', '_')}v{number}", source)


def _answer(papers: tuple[Paper, ...], base_url: str, arguments: dict[str, str]) -> str:
    verb = arguments.get("verb", "")
    if verb not in ARGUMENTS:
        raise OaiError("badVerb", f"Illegal verb {verb!r}")
    given = arguments.keys() - {"verb"}
    if verb == "ListRecords" and "resumptionToken" in given:
        if len(given) > 1:
            raise OaiError("badArgument", "resumptionToken is an exclusive argument")
        return _list_records(papers, _read_token(arguments["resumptionToken"]))
    if unknown := given - ARGUMENTS[verb]:
        raise OaiError("badArgument", f"Unknown argument {min(unknown)!r}")
    match verb:
        case "Identify":
            return _identify(base_url)
        case "ListSets":
            return _list_sets(papers)
        case "ListMetadataFormats":
            return (
                "<ListMetadataFormats><metadataFormat><metadataPrefix>arXivRaw</metadataPrefix>"
                "<schema>http://arxiv.org/OAI/arXivRaw.xsd</schema>"
                "<metadataNamespace>http://arxiv.org/OAI/arXivRaw/</metadataNamespace>"
                "</metadataFormat></ListMetadataFormats>"
            )
        case "GetRecord":
            return _get_record(papers, arguments)
    return _list_records(papers, arguments | {"skip": "0"})


def _identify(base_url: str) -> str:
    return (
        "<Identify><repositoryName>arXiv</repositoryName>"
        f"<baseURL>{escape(base_url)}</baseURL><protocolVersion>2.0</protocolVersion>"
        "<adminEmail>help@arxiv.org</adminEmail><earliestDatestamp>2005-09-16</earliestDatestamp>"
        "<deletedRecord>persistent</deletedRecord><granularity>YYYY-MM-DD</granularity></Identify>"
    )


def _list_sets(papers: tuple[Paper, ...]) -> str:
    specs = sorted({spec for paper in papers for spec in paper.set_specs})
    sets = "".join(f"<set><setSpec>{spec}</setSpec><setName>{spec}</setName></set>" for spec in specs)
    return f"<ListSets>{sets}</ListSets>"


def _get_record(papers: tuple[Paper, ...], arguments: dict[str, str]) -> str:
    _require_format(arguments)
    wanted = arguments.get("identifier", "").removeprefix("oai:arXiv.org:")
    for paper in papers:
        if paper.arxiv_id == wanted:
            return f"<GetRecord>\n{_record(paper)}</GetRecord>"
    raise OaiError("idDoesNotExist", f"No such record: {arguments.get('identifier')}")


def _list_records(papers: tuple[Paper, ...], arguments: dict[str, str]) -> str:
    _require_format(arguments)
    first, last = (_day(arguments.get(key)) for key in ("from", "until"))
    if first and last and first > last:
        raise OaiError("badArgument", f"from {first} is after until {last}")
    found = [paper for paper in papers if _is_listed(paper, arguments.get("set"), first, last)]
    skip = int(arguments["skip"])
    page = found[skip : skip + PAGE_SIZE]
    if not page:
        raise OaiError("noRecordsMatch", "The combination of the given values results in an empty list.")
    is_whole = len(found) <= PAGE_SIZE
    token = "" if is_whole else _token(arguments, skip, is_last=skip + PAGE_SIZE >= len(found), total=len(found))
    return f"<ListRecords>\n{''.join(map(_record, page))}{token}</ListRecords>"


def _is_listed(paper: Paper, wanted_set: str | None, first: date | None, last: date | None) -> bool:
    in_set = not wanted_set or any(spec == wanted_set or spec.startswith(f"{wanted_set}:") for spec in paper.set_specs)
    return in_set and (first or date.min) <= paper.datestamp_on <= (last or date.max)


def _token(arguments: dict[str, str], skip: int, *, is_last: bool, total: int) -> str:
    """Write the token as arXiv's own since 2025: the request itself, escaped, with how many records to skip."""
    following = urlencode({**arguments, "verb": "ListRecords", "skip": skip + PAGE_SIZE})
    text = "" if is_last else quote(following, safe="")
    expires = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT00:00:00Z")
    return (
        f'<resumptionToken expirationDate="{expires}" completeListSize="{total}" cursor="{skip}">'
        f"{text}</resumptionToken>\n"
    )


def _read_token(token: str) -> dict[str, str]:
    arguments = {key: values[0] for key, values in parse_qs(unquote(token)).items()}
    if arguments.get("verb") != "ListRecords" or not arguments.get("skip", "").isdigit():
        raise OaiError("badResumptionToken", "The resumptionToken supplied is illegal for this repository")
    return arguments


def _require_format(arguments: dict[str, str]) -> None:
    if "metadataPrefix" not in arguments:
        raise OaiError("badArgument", "metadataPrefix is required")
    if arguments["metadataPrefix"] != "arXivRaw":
        raise OaiError("cannotDisseminateFormat", f"The origin has arXivRaw, not {arguments['metadataPrefix']!r}")


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise OaiError("badArgument", f"{value!r} is not a date YYYY-MM-DD") from None


def _record(paper: Paper) -> str:
    if paper.record_xml is not None:
        return paper.record_xml + "\n"
    status = ' status="deleted"' if paper.is_deleted else ""
    specs = "".join(f" <setSpec>{spec}</setSpec>\n" for spec in paper.set_specs)
    header = (
        f"<record>\n<header{status}>\n <identifier>oai:arXiv.org:{paper.arxiv_id}</identifier>\n"
        f" <datestamp>{paper.datestamp_on}</datestamp>\n{specs}</header>\n"
    )
    return header + ("" if paper.is_deleted else f"<metadata>\n {_raw(paper)}</metadata>\n") + "</record>\n"


def _raw(paper: Paper) -> str:
    versions = "".join(_version(number, version) for number, version in enumerate(paper.versions, start=1))
    comments = f"<comments>{escape(paper.comments)}</comments>" if paper.comments else ""
    return (
        f"{RAW} <id>{paper.arxiv_id}</id><submitter>{escape(paper.authors.split(', ')[0])}</submitter>{versions}"
        f"<title>{escape(paper.title)}</title><authors>{escape(paper.authors)}</authors>"
        f"<categories>{paper.categories}</categories>{comments}"
        f"<license>{paper.licence}</license><abstract>  {escape(paper.abstract)}\n</abstract></arXivRaw>\n"
    )


def _version(number: int, version: PaperVersion) -> str:
    moment = format_datetime(version.submitted_at.replace(tzinfo=UTC), usegmt=True)
    size = len(version.source or b"") // 1024
    return (
        f'<version version="v{number}"><date>{moment}</date><size>{size}kb</size>'
        f"<source_type>{version.source_type}</source_type></version>"
    )


def _eprint(name: str, source: bytes) -> Answer:
    if source.startswith(b"%PDF"):
        return Answer(200, source, (_attached(f"{name}.pdf"),), "application/pdf")
    if not source.startswith(GZIP_MAGIC):
        return Answer(200, source, (_attached(name),), "application/x-eprint")
    if not _is_packed_tar(source):
        # One gzipped file is sent as if the transfer had compressed it, so that a browser shows the TeX.
        headers = (("Content-Encoding", "x-gzip"), _attached(f"{name}.gz"))
        return Answer(200, source, headers, "application/x-eprint")
    return Answer(200, source, (_attached(f"arXiv-{name}.tar.gz"),), "application/gzip")


def _is_packed_tar(source: bytes) -> bool:
    """Tell by the magic of its first block whether gzipped bytes hold a tar archive, also a damaged one."""
    try:
        start = zlib.decompressobj(wbits=31).decompress(source, 512)
    except zlib.error:
        return False
    return start[257:262] == b"ustar"


def _attached(file_name: str) -> tuple[str, str]:
    return "Content-Disposition", f'attachment; filename="{file_name}"'


def _no_eprint(path: str) -> Answer:
    body = f"<html><body><h1>Not Found</h1><p>No source for {escape(path)}</p></body></html>"
    return Answer(404, body.encode(), content_type="text/html; charset=utf-8")
