"""File roles: whether a path is a test, documentation, settings or a copy, or any path. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

SOURCE_ENDINGS = frozenset(
    "adoc asm bash bat bats c c++ cc cfg cjs clj cljc cljs cmake coffee command conf"
    " containerfile cpp cs csproj css csv csx cts cu cuh cxx dart ddl dockerfile dpk dpr"
    " ebuild edn el elm erb erl escript ex exs f03 f08 f90 f95 fs fsproj fsx gemspec geojson"
    " go gql gradle graphql graphqls groovy gvy h h++ hcl hh hpp hrl hs hs-boot hsc htm html"
    " hxx inc ini inl ino ipp ipynb j2 java jinja jinja2 jl js json json5 jsonc jsx ksh kt kts"
    " less lisp lpr lua m mak markdown md mdown mdx mjs mk mkd ml mli mm mts nim nix njk nomad"
    " nse pas pgsql php php5 phtml pl plist pm podspec properties props proto ps1 psd1 psgi"
    " psm1 psql pxd py pyi pyw pyx r rake rb resx rhtml rockspec rprofile rs rst ru s sass sbt"
    " sc scala scss sh sol sql storyboard sv svelte svg svh swift t targets tcl tf tfvars toml"
    " tpp ts tsx twig txt v vb vbproj vcxproj vh vhd vim vue webmanifest wsdl xaml xhtml xib"
    " xml xsd xsl xslt yaml yml zig zon zsh".split()
)
"""How the names of files of a repository end, without the dot: those of all our languages, and
others that git repositories often hold. `np.arange` is no file."""

_TEST_FOLDERS = frozenset({"test", "tests", "testing", "spec", "specs", "__tests__", "testdata"})
_TEST_FOLDER = re.compile(r"(?i:.*[\w\-.][_.\-]tests?)$|.*[a-z0-9]Tests?$")
"""A folder whose last word says so: `Shop.Tests`, `commonTest`, `runtime-tests`."""
_TEST_FILE = re.compile(
    r"(?i:test_.*|tests?\.\w+|.*[_.\-](test|spec)s?\.\w+|conftest\.py)$"
    r"|.*[a-z0-9](Tests?\.\w+|Spec\.(?!java$)\w+)$"
)
"""A name in Java that ends in `Spec` is no test's: `FieldSpec.java` specifies a field."""
_DOCUMENT = re.compile(r"\.(md|rst|adoc|markdown)$|(^|/)docs?/[^/]*\.txt$", re.IGNORECASE)
_CONFIGURATION = re.compile(
    r"\.(json[5c]?|ya?ml|toml|ini|cfg|conf|xml|properties|env|lock|svg|csv)$|(^|/)\.[^/]*$",
    re.IGNORECASE,
)
_EXAMPLE_FOLDERS = frozenset(
    "example examples sample samples demo demos benchmark benchmarks bench benches fuzz fuzzing "
    "scripts snippets tools site website e2e perf fixtures runtime-tests".split()
)
_COPY_FOLDER_WORDS = frozenset(
    "build copied deps dist external generated out third thirdparty vendor vendored".split()
)
_WORD = re.compile(r"[a-z]+")
_HISTORY = re.compile(r"(^|/)[^/]*(change|history|news|release|changelog)[^/]*(/|$)", re.IGNORECASE)


@lru_cache(maxsize=1 << 14)
def is_test(path: str) -> bool:
    """Whether a path is that of a test, by its folders or its file's name."""
    *folders, name = path.split("/")
    return bool(
        _TEST_FOLDERS.intersection(map(str.lower, folders))
        or any(map(_TEST_FOLDER.match, folders))
        or _TEST_FILE.match(name)
    )


def is_documentation(path: str) -> bool:
    """Whether a file documents how things are now, which a history of changes does not."""
    return bool(_DOCUMENT.search(path)) and not _HISTORY.search(path)


def is_history(path: str) -> bool:
    """Whether a file tells what changed when: nothing in it says how things are now."""
    return bool(_DOCUMENT.search(path) and _HISTORY.search(path))


def is_configuration(path: str) -> bool:
    """Whether a file holds settings or data for tools rather than code."""
    return bool(_CONFIGURATION.search(path))


def is_example(path: str) -> bool:
    """Whether a file shows or measures how code is used, or helps those who work on it."""
    return not _EXAMPLE_FOLDERS.isdisjoint(path.lower().split("/")[:-1])


def is_copied(path: str) -> bool:
    """Whether a folder's name says that what is in it was made or taken from elsewhere."""
    folders = path.lower().rpartition("/")[0]
    return not _COPY_FOLDER_WORDS.isdisjoint(_WORD.findall(folders))


def is_file_name(word: str) -> bool:
    """Whether a word, which may be a path, ends as the name of a source file does."""
    stem, _, ending = word.rpartition("/")[2].rpartition(".")
    return bool(stem) and ending.lower() in SOURCE_ENDINGS
