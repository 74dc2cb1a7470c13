"""Vendored folders: which folders hold what others wrote, by several signs. Pure.

The idea: a folder's name (`vendor`) is a sign, and never enough, since people sell things and write
code about vendors. A folder of such a name is vendored if a tool for dependencies left its list in
it (`vendor/modules.txt`), or if two other signs agree: it lies where dependencies lie (at the root,
or beside a manifest of packages), what is in it has licences of its own, has manifests of packages
of its own, or is named with versions. `linguist-vendored` in `.gitattributes` decides either way.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_NAMES = frozenset(
    "node_modules bower_components jspm_packages vendor vendors vendored _vendor third_party "
    "thirdparty third-party 3rdparty externals site-packages Pods Carthage .yarn .venv venv".split()
)
_TOOL_LISTS = re.compile(
    r"(?:^|/)(?:modules\.txt|autoload\.php|composer/installed\.(?:json|php)|vendor\.txt"
    r"|[^/]+/\.cargo-checksum\.json|\.package-lock\.json|Manifest\.lock|pyvenv\.cfg"
    r"|(?:github\.com|golang\.org|gopkg\.in|google\.golang\.org)/[^/]+/.*|releases/yarn-[^/]+"
    r"|vendor\.json|vendor\.conf|[^/]+\.dist-info/.*|Build/[^/]+/.*)$"
)
"""What tools write into a folder of dependencies, seen from that folder."""
_MODULE_MANIFEST = re.compile(r"^(?:@[^/]+/)?[^/]+/(?:package|bower)\.json$")
_MODULE_FOLDERS = frozenset({"node_modules", "bower_components", "jspm_packages"})
_LICENCE = re.compile(r"(?:^|/)(?:licen[cs]e|copying|notice|unlicense)[^/]*$", re.IGNORECASE)
_MANIFEST = re.compile(
    r"(?:^|/)(?:package\.json|setup\.py|pyproject\.toml|cargo\.toml|composer\.json|go\.mod"
    r"|cmakelists\.txt|configure(?:\.ac)?|[^/]+\.gemspec|[^/]+\.podspec|build\.gradle|pom\.xml"
    r"|meson\.build|bower\.json|metadata|readme\.(?:chromium|vendored?))$",
    re.IGNORECASE,
)
_ROOT_MANIFEST = re.compile(
    r"(?:^|/)(?:package\.json|composer\.json|go\.mod|gemfile|cargo\.toml|setup\.py|pyproject\.toml"
    r"|cmakelists\.txt|makefile|configure\.ac|build\.gradle|pom\.xml|podfile)$",
    re.IGNORECASE,
)
_VERSION = re.compile(r"[-_@.]v?\d+\.\d+(?:\.\d+)?(?:[-_./]|$)|\.min\.(?:js|css)$")
_NEEDED_SIGNS = 2


@dataclass
class _Signs:
    """What the paths of one folder say."""

    tool: str = ""
    """The file that a tool for dependencies left in it."""
    signs: set[str] = field(default_factory=set)


def vendored_folders(paths: Iterable[str]) -> Mapping[str, str]:
    """By folder, why what is in it counts as vendored; folders of other names are not looked at."""
    all_paths = list(paths)
    signs_by_folder: dict[str, _Signs] = defaultdict(_Signs)
    manifest_folders = {
        path.rpartition("/")[0] for path in all_paths if _ROOT_MANIFEST.search(path)
    }
    for path in all_paths:
        names = path.split("/")
        for depth, name in enumerate(names[:-1]):
            if name in _NAMES:
                folder = "/".join(names[: depth + 1])
                _add_signs(signs_by_folder[folder], name, "/".join(names[depth + 1 :]))
    reasons: dict[str, str] = {}
    for folder, found in signs_by_folder.items():
        above = folder.rpartition("/")[0]
        if not above or above in manifest_folders:
            found.signs.add("where dependencies lie")
        if found.tool:
            reasons[folder] = f"vendored ({folder}/: {found.tool})"
        elif len(found.signs) >= _NEEDED_SIGNS:
            reasons[folder] = f"vendored ({folder}/: {', '.join(sorted(found.signs))})"
    return reasons


def _add_signs(found: _Signs, name: str, inner: str) -> None:
    """What one path says of a folder, from which it is seen."""
    is_module = name in _MODULE_FOLDERS and _MODULE_MANIFEST.match(inner)
    if not found.tool and (is_module or _TOOL_LISTS.search(inner)):
        found.tool = "/".join(inner.split("/")[:3])
    if _LICENCE.search(inner):
        found.signs.add("licences of its own")
    if _MANIFEST.search(inner):
        found.signs.add("packages of its own")
    if _VERSION.search(inner):
        found.signs.add("names with versions")


def vendored_reason(path: str, reasons: Mapping[str, str]) -> str:
    """Why a file counts as vendored, by the outermost such folder; empty where it does not."""
    if not reasons:
        return ""
    names = path.split("/")
    for depth in range(1, len(names)):
        if reason := reasons.get("/".join(names[:depth])):
            return reason
    return ""
