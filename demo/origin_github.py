"""GitHub's side of the origin: repository search with qualifiers and pages, and archives behind a redirect."""

import json
import math
import re
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode

from demo.answers import Answer, as_json
from demo.records import Repository
from storage.records import content_id

RESULT_LIMIT = 1000
DEFAULT_PAGE_SIZE = 30
LARGEST_PAGE_SIZE = 100
DOCUMENTATION_URL = "https://docs.github.com/rest"


class BadQueryError(ValueError):
    """The search cannot be understood; GitHub answers 422."""


def search_repositories(repositories: Iterable[Repository], api_url: str, query: str) -> Answer:
    """Answer `GET /search/repositories`: one page of what matches `q`, never more than the first thousand."""
    arguments = {key: values[0] for key, values in parse_qs(query).items()}
    try:
        page = max(1, int(arguments.get("page", "1")))
        page_size = min(LARGEST_PAGE_SIZE, max(1, int(arguments.get("per_page", str(DEFAULT_PAGE_SIZE)))))
        if not arguments.get("q", "").strip():
            raise BadQueryError("Validation Failed")
        found = [repository for repository in repositories if _matches(repository, arguments["q"])]
        if (page - 1) * page_size >= RESULT_LIMIT:
            raise BadQueryError("Only the first 1000 search results are available")
    except ValueError as error:
        return _problem(422, str(error))
    found = _sorted(found, arguments)
    shown = found[:RESULT_LIMIT][(page - 1) * page_size : page * page_size]
    body = {
        "total_count": len(found),
        "incomplete_results": False,
        "items": [_item(repository, api_url) for repository in shown],
    }
    page_count = -(-min(len(found), RESULT_LIMIT) // page_size)
    links = _links(f"{api_url}/search/repositories", arguments, page, page_count)
    return as_json(body, headers=(*links, *_rate_limit("search", 30)))


def get_repository(repositories: Iterable[Repository], api_url: str, path: str) -> Answer:
    """Answer `GET /repos/OWNER/NAME` and its `/tarball/REF`, which is a redirect."""
    match = re.fullmatch(r"([^/]+/[^/]+)/?(.*)", path)
    repository = _named(repositories, match[1]) if match else None
    if match is None or repository is None:
        return _problem(404, "Not Found")
    rest = match[2]
    if not rest:
        return as_json(_item(repository, api_url), headers=_rate_limit("core", 5000))
    kind, _, reference = rest.partition("/")
    if kind != "tarball" or not _has_reference(repository, reference or repository.default_branch):
        return _problem(404, "Not Found")
    branch = reference or f"refs/heads/{repository.default_branch}"
    location = f"{api_url.rsplit('/', 1)[0]}/codeload/{repository.full_name}/legacy.tar.gz/{branch}"
    return Answer(302, headers=(("Location", location), *_rate_limit("core", 5000)), content_type="text/html")


def send_archive(repositories: Iterable[Repository], path: str) -> Answer:
    """Answer codeload's `GET /OWNER/NAME/legacy.tar.gz/REF` with the archive."""
    match = re.fullmatch(r"([^/]+/[^/]+)/legacy\.tar\.gz/(.+)", path)
    repository = _named(repositories, match[1]) if match else None
    if not match or not repository or repository.tarball is None or not _has_reference(repository, match[2]):
        return Answer(404, b"404: Not Found", content_type="text/plain; charset=utf-8")
    file_name = f"{repository.full_name.replace('/', '-')}-{repository.commit[:7]}.tar.gz"
    attached = ("Content-Disposition", f"attachment; filename={file_name}")
    return Answer(200, repository.tarball, (attached,), content_type="application/x-gzip")


def _matches(repository: Repository, query: str) -> bool:
    terms = re.findall(r'(?:[^\s"]|"[^"]*")+', query)
    if not any(term.startswith("fork:") for term in terms):
        terms.append("fork:false")  # GitHub's own rule
    words = f"{repository.full_name} {repository.description}".lower()
    return all(_has_term(repository, words, term) for term in terms)


def _has_term(repository: Repository, words: str, term: str) -> bool:
    key, separator, value = term.partition(":")
    value = value.strip('"')
    match key if separator else "":
        case "language":
            return repository.language.lower() == value.lower()
        case "created":
            first, last = _dates(value)
            return first <= repository.created_at <= last
        case "pushed":
            first, last = _dates(value)
            return first <= repository.pushed_at <= last
        case "stars":
            lowest, highest = _numbers(value)
            return lowest <= repository.stars <= highest
        case "fork":
            return value == "true" or repository.is_fork == (value == "only")
        case "archived":
            return repository.is_archived == (value == "true")
        case "license":
            return (repository.licence or "").lower() == value.lower()
        case "":
            return term.strip('"').lower() in words
    raise BadQueryError(f"The origin does not know the qualifier {key!r}")


def _dates(value: str) -> tuple[datetime, datetime]:
    """Read a range of dates as GitHub does: both ends are inside, and a day without a time is the whole day.

    >>> _dates("2026-10-01..2026-10-31")[1]
    datetime.datetime(2026, 10, 31, 23, 59, 59, 999999)
    """
    tick = timedelta(microseconds=1)
    match _range(value, ".+?"):
        case (">=", day, None):
            return _first_instant(day), datetime.max
        case (">", day, None):
            return _last_instant(day) + tick, datetime.max
        case ("<=", day, None):
            return datetime.min, _last_instant(day)
        case ("<", day, None):
            return datetime.min, _first_instant(day) - tick
        case ("", low, high):
            return (
                datetime.min if low == "*" else _first_instant(low),
                datetime.max if high == "*" else _last_instant(high or low),
            )
    raise BadQueryError(f"{value!r} is not a range of dates")


def _numbers(value: str) -> tuple[float, float]:
    match _range(value, r"\d+|\*"):
        case (">=" | ">" as sign, number, None):
            return int(number) + (sign == ">"), math.inf
        case ("<=" | "<" as sign, number, None):
            return -math.inf, int(number) - (sign == "<")
        case ("", low, high):
            return (-math.inf if low == "*" else int(low)), (math.inf if high == "*" else int(high or low))
    raise BadQueryError(f"{value!r} is not a range of numbers")


def _range(value: str, bound: str) -> tuple[str, str, str | None]:
    """Take `>=5`, `5..9` and `5` apart: the sign or "", the first bound, the second or None."""
    match = re.fullmatch(rf"(>=|<=|>|<|)({bound})(?:\.\.({bound}))?", value)
    if match is None:
        raise BadQueryError(f"{value!r} is not a range")
    return match[1], match[2], match[3]


def _first_instant(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    return (moment - (moment.utcoffset() or timedelta())).replace(tzinfo=None)


def _last_instant(value: str) -> datetime:
    return _first_instant(value) + (timedelta(seconds=1) if "T" in value else timedelta(days=1)) - timedelta.resolution


def _sorted(found: list[Repository], arguments: dict[str, str]) -> list[Repository]:
    is_descending = arguments.get("order", "desc") == "desc"
    match arguments.get("sort"):
        case "stars":
            return sorted(found, key=lambda repository: repository.stars, reverse=is_descending)
        case "updated":
            return sorted(found, key=lambda repository: repository.pushed_at, reverse=is_descending)
    return found


def _item(repository: Repository, api_url: str) -> dict[str, object]:
    owner, name = repository.full_name.split("/")
    url = f"{api_url}/repos/{repository.full_name}"
    licence = repository.licence
    return repository.fields | {
        "id": repository.fields.get("id", int(content_id(repository.full_name)[:7], 16)),
        "name": name,
        "full_name": repository.full_name,
        "owner": repository.fields.get("owner", {"login": owner, "type": "User"}),
        "private": False,
        "html_url": f"https://github.com/{repository.full_name}",
        "description": repository.description,
        "fork": repository.is_fork,
        "url": url,
        "archive_url": f"{url}/{{archive_format}}{{/ref}}",
        "created_at": repository.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "updated_at": repository.pushed_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "pushed_at": repository.pushed_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "size": len(repository.tarball or b"") // 1024,
        "stargazers_count": repository.stars,
        "watchers_count": repository.stars,
        "language": repository.language,
        "archived": repository.is_archived,
        "disabled": False,
        "license": licence and {"key": licence.lower(), "name": licence, "spdx_id": licence, "url": None},
        "visibility": "public",
        "default_branch": repository.default_branch,
        "score": 1.0,
    }


def _links(url: str, arguments: dict[str, str], page: int, page_count: int) -> tuple[tuple[str, str], ...]:
    backward = {"prev": page - 1, "first": 1} if page > 1 else {}
    forward = {"next": page + 1, "last": page_count} if page < page_count else {}
    shown = [
        f'<{url}?{urlencode(arguments | {"page": str(number)})}>; rel="{name}"'
        for name, number in (backward | forward).items()
    ]
    return (("Link", ", ".join(shown)),) if shown else ()


def _rate_limit(resource: str, limit: int) -> tuple[tuple[str, str], ...]:
    return (
        ("X-RateLimit-Limit", str(limit)),
        ("X-RateLimit-Remaining", str(limit - 1)),
        ("X-RateLimit-Used", "1"),
        ("X-RateLimit-Reset", str(int(time.time()) + 60)),
        ("X-RateLimit-Resource", resource),
    )


def _named(repositories: Iterable[Repository], full_name: str) -> Repository | None:
    return next((one for one in repositories if one.full_name.lower() == full_name.lower()), None)


def _has_reference(repository: Repository, reference: str) -> bool:
    return reference.removeprefix("refs/heads/") in {repository.default_branch, repository.commit, "HEAD"}


def _problem(status: int, message: str) -> Answer:
    body = {"message": message, "documentation_url": DOCUMENTATION_URL, "status": str(status)}
    return Answer(status, json.dumps(body).encode(), _rate_limit("core", 5000), "application/json; charset=utf-8")
