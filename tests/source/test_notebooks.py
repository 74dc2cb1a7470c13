"""Notebooks are read as the program of their cells, on the lines of their file."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.source.notebooks import is_notebook, notebook_text
from repo_mhm.source.scan import scan_bytes

PICTURE = "iVBORw0KGgo" * 9000


def notebook(language: str = "python") -> bytes:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Sales\n", "by month"]},
        {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {},
            "outputs": [{"data": {"image/png": PICTURE, "text/plain": ["def no(): pass"]}}],
            "source": ["%matplotlib inline\n", "import pandas\n", "\n", "def load(path):\n",
                       "    return pandas.read_csv(path, sep=\"\\t\")"],
        },
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": "rows = load('a.csv')"},
    ]  # fmt: skip
    kernel = {"kernelspec": {"language": language, "name": "k"}}
    content = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, indent=1).encode()


def test_a_notebook_with_a_plot_is_read_without_its_outputs() -> None:
    data = notebook()
    scanned = scan_bytes("plots/sales.ipynb", data, texts=True)
    assert (scanned.skipped, scanned.language, scanned.damaged_lines) == ("", "python", ())
    assert [symbol.qualified for symbol in scanned.symbols] == ["load", "rows"]

    lines = data.decode().split("\n")
    load = scanned.symbols[0]
    assert "def load(path)" in lines[load.start - 1] and "read_csv" in lines[load.end - 1]
    text = "\n".join(chunk.text for chunk in scanned.texts)
    assert "# by month" in text and 'sep="\\t"' in text
    assert PICTURE[:40] not in text and "def no" not in text
    assert ("pandas", "import") in {(item.name, item.kind) for item in scanned.references}


def test_the_kernel_names_the_language() -> None:
    assert scan_bytes("a.ipynb", notebook("julia")).language == "julia"


def test_other_json_is_no_notebook() -> None:
    assert not is_notebook(b'{"cells": [1, 2]}')
    assert not is_notebook(b"")


@given(st.text())
def test_a_notebook_keeps_its_lines(text: str) -> None:
    data = text.encode("utf-8", "replace")
    assert notebook_text(data).count(b"\n") == data.count(b"\n")
