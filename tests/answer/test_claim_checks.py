from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from repo_mhm.answer.claim_checks import check
from repo_mhm.answer.claim_verdicts import Verdict
from repo_mhm.answer.claims import read_claims
from repo_mhm.git import open_snapshot
from repo_mhm.memory.refresh import refresh
from repo_mhm.relations.relation_lookup import Relations
from repo_mhm.relations.repository_lookup import StoreRepository
from repo_mhm.store import open_store

FILES = {
    "app/errors.py": """\
class AppError(Exception):
    pass


class LinkError(AppError):
    pass


class PaperError(Exception):
    pass
""",
    "app/link.py": '''\
from app.errors import LinkError
from app.log import write_log

RETRY_LIMIT = 7
NAME = "courier"


class Base:
    def close(self):
        """Close it."""
        write_log("closed")

    def reset(self):
        raise NotImplementedError


class Link(Base):
    limit = 3

    def __init__(self, host, port=80):
        self.host = host
        self.open = False

    def deliver(self, parcel, timeout=None):
        """Deliver a parcel."""
        if not self.attempt(parcel):
            raise LinkError(parcel)
        return Receipt(parcel)

    def attempt(self, parcel):
        return helper(parcel)

    def notify(self, listener):
        listener(self)

    def forward(self, name, **options):
        return getattr(self, name)(**options)

    def reset(self):
        helper(self)


def helper(parcel):
    return write_log(parcel)


def other():
    return None


class Receipt:
    def __init__(self, parcel):
        self.parcel = parcel
''',
    "app/log.py": "def write_log(text):\n    print(text)\n",
    "web/api.ts": """\
import { format } from "./format";

export const MAX_PAGES = 20;

export class Service {
  send(url: string): string {
    return this.build(url);
  }

  build(url: string): string {
    if (!url) {
      throw new RangeError("no url");
    }
    return format(url);
  }
}

export class Client extends Service {
  fetchAll(): string {
    return this.send("x");
  }
}
""",
    "web/format.ts": "export function format(text: string): string {\n  return text;\n}\n",
    "srv/main.go": """\
package srv

const Limit = 5

func Serve(addr string) error {
	return listen(addr)
}

func listen(addr string) error {
	return nil
}

func Stop() {
}
""",
}


@pytest.fixture
def verdicts(
    make_repo: Callable[..., object], tmp_path: Path
) -> Iterator[Callable[[str], list[Verdict]]]:
    """The verdicts on the claims of a sentence about the repository above."""
    make_repo(FILES)
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(tmp_path / "repo"), heads=4)
        relations = Relations(StoreRepository(store))
        yield lambda sentence: [check(claim, relations) for claim in read_claims(sentence)]


Verdicts = Callable[[str], list[Verdict]]


@pytest.mark.parametrize(
    ("sentence", "line"),
    [
        ("`deliver` calls `attempt`.", "app/link.py: if not self.attempt(parcel):"),
        ("`attempt` is called by `deliver`.", "app/link.py: if not self.attempt(parcel):"),
        ("`attempt` uses `helper`.", "app/link.py: return helper(parcel)"),
        ("`deliver` raises `LinkError`.", "app/link.py: raise LinkError(parcel)"),
        ("`deliver` raises an `AppError`.", "app/link.py: raise LinkError(parcel)"),
        ("`LinkError` is raised by `deliver`.", "app/link.py: raise LinkError(parcel)"),
        ("`deliver` returns a `Receipt`.", "app/link.py: return Receipt(parcel)"),
        ("`other` returns `None`.", "app/link.py: return None"),
        ("`helper` is defined in `app/link.py`.", "app/link.py: def helper(parcel):"),
        ("`helper` is defined in `link.py`.", "app/link.py: def helper(parcel):"),
        (
            "`deliver` is a method of `Link`.",
            "app/link.py: def deliver(self, parcel, timeout=None):",
        ),
        ("`close` is a method of `Link`.", "app/link.py: def close(self):"),
        ("The `host` attribute of `Link` is kept.", "app/link.py: self.host = host"),
        ("`Link` inherits from `Base`.", "app/link.py: class Link(Base):"),
        ("`LinkError` inherits from `Exception`.", "app/errors.py: class LinkError(AppError):"),
        ("`RETRY_LIMIT` equals 7.", "app/link.py: RETRY_LIMIT = 7"),
        ("`RETRY_LIMIT` is set to 7.", "app/link.py: RETRY_LIMIT = 7"),
        ("`NAME` equals `'courier'`.", 'app/link.py: NAME = "courier"'),
        ('`NAME` defaults to `"courier"`.', 'app/link.py: NAME = "courier"'),
        (
            "The `timeout` parameter of `deliver` defaults to `None`.",
            "app/link.py: def deliver(self, parcel, timeout=None):",
        ),
        ("`app/link.py` imports `write_log`.", "app/link.py: from app.log import write_log"),
        (
            "`deliver` takes a `timeout` parameter.",
            "app/link.py: def deliver(self, parcel, timeout=None):",
        ),
        ("`Link` is a class.", "app/link.py: class Link(Base):"),
        ("`Service.send` calls `build`.", "web/api.ts: return this.build(url);"),
        ("`build` calls `format`.", "web/api.ts: return format(url);"),
        ("`Client` extends `Service`.", "web/api.ts: export class Client extends Service {"),
        ("`build` throws a `RangeError`.", 'web/api.ts: throw new RangeError("no url");'),
        ("`MAX_PAGES` equals 20.", "web/api.ts: export const MAX_PAGES = 20;"),
        ("`Serve` calls `listen`.", "srv/main.go: return listen(addr)"),
        ("`Serve` takes an `addr` parameter.", "srv/main.go: func Serve(addr string) error {"),
    ],
)
def test_what_the_code_holds_is_borne_out_by_its_line(
    verdicts: Verdicts, sentence: str, line: str
) -> None:
    verdict = verdicts(sentence)[0]
    assert verdict.outcome == "borne out"
    assert verdict.location is not None
    path, number = verdict.location.path, verdict.location.start
    assert f"{path}: {FILES[path].splitlines()[number - 1].strip()}" == line


@pytest.mark.parametrize(
    ("sentence", "correction"),
    [
        (
            "`helper` calls `attempt`.",
            "`helper` calls `write_log` (app/link.py:43), not `attempt`",
        ),
        ("`other` is called by `attempt`.", "`Link.attempt` calls `helper`"),
        ("`other` calls `helper`.", "`other` does not call `helper` (app/link.py:47)"),
        ("`deliver` raises `PaperError`.", "`Link.deliver` raises `LinkError`"),
        ("`helper` is defined in `app/log.py`.", "`helper` is defined in app/link.py:43"),
        ("`deliver` is a method of `Receipt`.", "`Link.deliver` is at app/link.py:24"),
        ("`Receipt.deliver` works.", "`Receipt` has no `deliver`"),
        ("`Link` inherits from `Receipt`.", "`Link` inherits from `Base`"),
        ("`RETRY_LIMIT` equals 9.", "`RETRY_LIMIT` is 7 (app/link.py:4-4), not 9"),
        ("The `timeout` parameter of `deliver` defaults to 30.", "`deliver.timeout` is None"),
        ("`other` takes a `parcel` parameter.", ""),
        ("`helper` takes a `timeout` parameter.", "`helper` takes `parcel`"),
        ("`MAX_PAGES` equals 50.", "`MAX_PAGES` is 20 (web/api.ts:3-3), not 50"),
        ("`format` calls `build`.", "`format` does not call `build`"),
        ("`Client` extends `Link`.", "`Client` inherits from `Service`"),
        ("`Stop` calls `listen`.", "`Stop` does not call `listen`"),
        ("`Limit` equals 6.", "`Limit` is 5 (srv/main.go:3-3), not 6"),
    ],
)
def test_what_the_code_cannot_hold_is_contradicted(
    verdicts: Verdicts, sentence: str, correction: str
) -> None:
    verdict = verdicts(sentence)[0]
    if correction:
        assert verdict.outcome == "contradicted"
        assert correction in verdict.correction
    else:
        assert verdict.outcome == "unproven"
    assert verdict.location is None


@pytest.mark.parametrize(
    "sentence",
    [
        "`deliver` calls `helper`.",  # over attempt
        "`deliver` calls `write_log`.",  # over attempt and helper
        "`Link` calls `other`.",  # a class calls nothing itself
        "`notify` calls `helper`.",  # the listener may
        "`Base.reset` calls `helper`.",  # an override may
        "`attempt` may raise `PaperError`.",
        "`attempt` raises `ValueError`.",  # what it calls may
        "`forward` takes a `timeout` parameter.",  # **options
        "`Link` implements `Receipt`.",
        "`retry` is a method of `AppError`.",  # Exception is not defined here
        "`RETRY_LIMIT` is set to 9.",
        "`deliver` returns `Link`.",
    ],
)
def test_what_the_code_leaves_open_is_not_contradicted(verdicts: Verdicts, sentence: str) -> None:
    assert verdicts(sentence)[0].outcome in ("unproven", "not checkable")


@pytest.mark.parametrize(
    "sentence",
    [
        "`nowhere` calls `helper`.",
        "`nowhere` raises `LinkError`.",
        "`nowhere` equals 7.",
        "`nowhere.py` imports `helper`.",
        "`x` is a method of `app.link`.",
    ],
)
def test_what_is_not_defined_here_is_not_checkable(verdicts: Verdicts, sentence: str) -> None:
    assert {verdict.outcome for verdict in verdicts(sentence)} == {"not checkable"}
