"""The name that a script exports as its default."""

from __future__ import annotations

import time

import pytest

from repo_mhm.relations.default_exports import default_name
from tests.patience import HANG_SECONDS


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("export default class Shape {}", "Shape"),
        ("export default async function load() {}", "load"),
        ("export default interface Shape<T> {}", "Shape"),
        ("const a = 1\nexport default a", "a"),
        ("export { other, run as default }", "run"),
        ("module.exports = create", "create"),
        ("exports = module.exports = create", "create"),
        ("module.exports = require(' ')", ""),
        ("export const a = 1", ""),
    ],
)
def test_each_way_to_write_it(code: str, name: str) -> None:
    assert default_name(code) == name


@pytest.mark.parametrize(
    "piece",
    ["export {", "export default ", "module.exports = ", "export { a as ", "a " * 50, " " * 4000],
)
def test_no_text_takes_long(piece: str) -> None:
    started = time.process_time()

    default_name((piece + " " * 200) * 2000)

    assert time.process_time() - started < HANG_SECONDS
