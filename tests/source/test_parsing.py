"""Parsing ends, whatever the text."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from repo_mhm.source.languages import by_name
from repo_mhm.source.parsing import parse
from tests.patience import PATIENCE

# Each of these kept the grammar's scanner busy for ever. A thread cannot stop one: a process can.
ENDLESS = {
    "perl": ["b#{", "print 1 # done", "é#\té", "s#,`{", "x;\n__END__\ny # z"],
    "kotlin": ["class A {\n    lateinit var b: C\n\n    @Before", "val a: B\n\n@C"],
}
PARSE = """
import json, sys
from repo_mhm.source.languages import by_name
from repo_mhm.source.parsing import parse

for text in json.loads(sys.argv[2]):
    parse(text.encode(), by_name(sys.argv[1]))
"""


@pytest.mark.parametrize("name", ENDLESS)
def test_a_last_line_without_an_end_is_parsed(name: str) -> None:
    texts = json.dumps(ENDLESS[name])
    subprocess.run([sys.executable, "-c", PARSE, name, texts], check=True, timeout=PATIENCE)


@pytest.mark.parametrize("name", ENDLESS)
def test_an_end_is_added_only_where_there_is_none(name: str) -> None:
    language = by_name(name)
    assert parse(b"a", language).root_node.end_byte == len(b"a\n")
    assert parse(b"a\n", language).root_node.end_byte == len(b"a\n")
