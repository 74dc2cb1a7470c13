"""Functions that do nothing themselves are told from those that do."""

from __future__ import annotations

import pytest

from repo_mhm.source.languages import by_name
from repo_mhm.source.parsing import parse
from repo_mhm.source.stubs import is_stub
from repo_mhm.source.symbol_extraction import extract_symbols

STUBS = {
    "python": [
        "class A:\n    def total(self):\n        raise NotImplementedError\n",
        'class A:\n    def total(self):\n        """Say the total.\n\n        Of all."""\n'
        "        ...\n",
        "class A:\n    @abstractmethod\n    def total(\n        self, price\n    ) -> int:\n"
        "        # left to others\n        raise exceptions.NotImplementedError('total')\n",
    ],
    "java": [
        "interface A {\n  /** The total. */\n  int total(\n      int price,\n      int tax);\n}\n"
    ],
    "csharp": [
        "class A {\n  int total() {\n    throw new NotImplementedException();\n  }\n}\n",
    ],
    "typescript": ["interface A {\n  total(price: number): number\n}\n"],
    "rust": ["fn total(price: u32) -> u32 {\n    unimplemented!()\n}\n"],
    "c": ["int total(int price,\n          int tax);\n"],
}
BODIES = {
    "python": [
        "def total(price):\n    return price\n",
        "def total(price): return price\n",
        "class A:\n    def total(self):\n        if not self.open:\n"
        "            raise NotImplementedError\n        return 1\n",
    ],
    "java": ["class A {\n  int total(int price) {\n    return price;\n  }\n}\n"],
    "csharp": ["class A {\n  int total() => 1 + rest;\n}\n"],
    "rust": ["fn total(price: u32) -> u32 {\n    price + 1\n}\n"],
    "c": [
        "int total(int price) {\n  return price;\n}\n",
        "int total(int price) { return price; }\n",
    ],
}


def verdict(name: str, source: str) -> bool:
    language = by_name(name)
    data = source.encode()
    tree = parse(data, language)
    symbols = extract_symbols("a", data, tree, language)[0]
    [symbol] = [symbol for symbol in symbols if symbol.name == "total"]
    return is_stub(symbol, source.split("\n")[symbol.start - 1 : symbol.end])


@pytest.mark.parametrize(
    ("name", "source"), [(name, source) for name in STUBS for source in STUBS[name]]
)
def test_what_is_left_to_others_is_a_stub(name: str, source: str) -> None:
    assert verdict(name, source)


@pytest.mark.parametrize(
    ("name", "source"), [(name, source) for name in BODIES for source in BODIES[name]]
)
def test_what_does_something_is_no_stub(name: str, source: str) -> None:
    assert not verdict(name, source)
