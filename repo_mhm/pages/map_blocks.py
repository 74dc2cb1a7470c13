"""The map of a repository as a page for people: what stands where on it, and in which words. Pure.

The order is that of a newcomer's questions: what is this, where do I start, what is there and what
depends on what, how do I run it. What only a doubter needs, every single import, is folded away.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from repo_mhm.formatting import count
from repo_mhm.location import Location
from repo_mhm.pages.blocks import (
    Block,
    Code,
    Drawing,
    Heading,
    Item,
    Items,
    Line,
    Paragraph,
    Span,
    Strong,
    Unchecked,
    joined,
    prose,
)
from repo_mhm.pages.commands_seen import TASKS
from repo_mhm.pages.dependencies import drawn
from repo_mhm.pages.map_page import (
    Dependency,
    EntryPoint,
    KeySymbol,
    MapModule,
    MapPage,
    Statement,
)
from repo_mhm.pages.module_groups import OTHERS

MOST_NAMES = 12
"""Modules named in one line; the folded list has all."""
MOST_FILES = 6
"""Files named of a folder."""
MOST_STATEMENTS = 3
"""Import statements named of one dependency."""
_BUILD_FOLDERS = re.compile(r"(?<![^/])src/main/(?:java|kotlin|scala)/")
_LANGUAGE_NAMES = {
    "javascript": "JavaScript",
    "typescript": "TypeScript",
    "tsx": "TSX",
    "cpp": "C++",
    "csharp": "C#",
    "php": "PHP",
    "sql": "SQL",
}


def map_blocks(page: MapPage) -> list[Block]:
    """The page."""
    return list(_Blocks(page).all())


class _Blocks:
    def __init__(self, page: MapPage) -> None:
        self._page = page
        self._names = shown_names([module.path for module in page.modules])
        self._imported: dict[str, list[str]] = defaultdict(list)
        self._importers: dict[str, list[str]] = defaultdict(list)
        for edge in page.dependencies:
            self._imported[edge.importer].append(edge.imported)
            self._importers[edge.imported].append(edge.importer)

    def all(self) -> Iterator[Block]:
        page = self._page
        yield Heading(1, page_title(page))
        if page.about:
            yield Paragraph((*_statement(page.about),))
        yield Paragraph((_sizes(page),))
        if page.entry_points:
            yield Heading(2, "Where to start")
            yield Items(tuple(map(self._entry_point, page.entry_points)), is_numbered=True)
        yield from self._graph()
        yield Heading(2, "The modules")
        yield Items(tuple(map(self._module, page.modules)))
        yield from self._commands()
        yield from self._history()
        yield from self._imports()
        yield from self._gaps()

    # Entry points

    def _entry_point(self, entry: EntryPoint) -> Item:
        first = entry.chain[0] if entry.chain else None
        line: list[Span] = [f"{entry.kind} ", Code(entry.name), " ", entry.location]
        if first and first.location != entry.location:
            line += [" runs ", Code(first.name), " ", first.location]
        below: list[Line] = []
        if len(entry.chain) > 1:
            steps: list[Span] = []
            for step in entry.chain[1:]:
                steps += [" → " if steps else "calls ", Code(step.name), " ", step.location]
            below.append(tuple(steps))
        if entry.also:
            below.append(("there too: ", *_symbols(entry.also)))
        return Item(tuple(line), tuple(below))

    # The graph

    def _graph(self) -> Iterator[Block]:
        if not self._page.dependencies:
            return
        yield Heading(2, "Which module imports which")
        graph = drawing(self._page)
        yield graph
        yield Paragraph((self._legend(graph),))
        for circle in self._page.cycles:
            names = [Code(self._names[module]) for module in circle]
            yield Paragraph((Strong("Import each other"), ": ", *_shortened(names)))

    def _legend(self, graph: Drawing) -> str:
        page = self._page
        text = "An arrow leads from a module to one that it imports."
        left_out = len(page.dependencies) - len(graph.edges)
        if left_out:
            text += (
                f" {left_out:,} of {count(len(page.dependencies), 'arrow')} are not drawn: those"
                " that a way along others implies, and those of fewest imports. The list of all"
                " imports has them."
            )
        alone = len(page.modules) - len(graph.names)
        if alone:
            text += f" {count(alone, 'module')} without imports of others "
            text += f"{'is' if alone == 1 else 'are'} not drawn."
        if page.grouped:
            text += (
                f" {OTHERS} stands for {count(len(page.grouped), 'further module')}, which are"
                " worth least."
            )
        return text

    # Modules

    def _module(self, module: MapModule) -> Item:
        line: list[Span] = [Code(self._names[module.path])]
        if module.purpose:
            line += [": ", *_statement(module.purpose)]
        else:
            line += [f": {_size(module)} ", _whole(module)]
        return Item(tuple(line), tuple(self._below(module)))

    def _below(self, module: MapModule) -> Iterator[Line]:
        if module.symbols:
            yield ("key: ", *_symbols(module.symbols))
        if len(module.files) > 1:
            yield (
                "files: ",
                *_shortened([Code(posixpath.basename(path)) for path in module.files]),
            )
        imported, importers = self._imported[module.path], self._importers[module.path]
        if imported:
            yield ("imports ", *_shortened([Code(self._names[path]) for path in imported]))
        if importers:
            yield ("imported by ", *_shortened([Code(self._names[path]) for path in importers]))

    # The rest

    def _commands(self) -> Iterator[Block]:
        items: list[Item] = []
        for task in TASKS:
            commands = [seen for seen in self._page.commands if seen.task == task]
            if commands:
                spans: list[Span] = []
                for seen in commands:
                    spans += [", " if spans else "", Code(seen.command), " ", seen.location]
                items.append(Item((Strong(task), ": ", *spans)))
        if items:
            yield Heading(2, "Commands")
            yield Items(tuple(items))

    def _history(self) -> Iterator[Block]:
        history = self._page.history
        notes = [module for module in self._page.modules if module.note]
        blocks: list[Block] = []
        if notes:
            blocks.append(Heading(2, "What a model notes where the authors say nothing"))
            blocks.append(Items(tuple(map(self._note, notes))))
        if history.files:
            blocks.append(Heading(2, f"What changes most, of {history.commits:,} commits"))
            items = [
                Item((Code(file.path), f" {count(file.commits, 'commit')}"))
                for file in history.files
            ]
            blocks.append(Items(tuple(items)))
        if self._page.roles:
            roles = ", ".join(f"{item.name} ({item.files:,})" for item in self._page.roles)
            blocks.append(Paragraph((f"Files beside the source: {roles}.",)))
        if blocks:
            yield Unchecked(tuple(blocks))

    def _note(self, module: MapModule) -> Item:
        assert module.note is not None
        return Item((Code(self._names[module.path]), ": ", *_statement(module.note)))

    def _imports(self) -> Iterator[Block]:
        edges = self._page.dependencies
        if edges:
            yield Heading(2, "Every import between modules")
            title = f"{count(len(edges), 'import')}, each with its lines"
            yield Items(tuple(map(self._import, edges)), title=title)

    def _import(self, edge: Dependency) -> Item:
        more = len(edge.statements) - MOST_STATEMENTS
        places: list[Span] = list(edge.statements[:MOST_STATEMENTS])
        names = (Code(self._names[edge.importer]), " → ", Code(self._names[edge.imported]))
        end = f" and {more:,} more" if more > 0 else ""
        return Item((*names, " ", *joined(places), end))

    def _gaps(self) -> Iterator[Block]:
        if self._page.gaps:
            yield Heading(2, "What is not shown")
            yield Items(tuple(Item((gap,)) for gap in self._page.gaps))


def page_title(page: MapPage) -> str:
    """The title of the page."""
    return f"{page.title or 'This repository'}: map of the code"


def drawing(page: MapPage) -> Drawing:
    """The drawing of the modules that import each other."""
    edges = drawn(page.dependencies)
    ends = {end for edge in edges for end in (edge.importer, edge.imported)}
    names = shown_names([module.path for module in page.modules])
    return Drawing(tuple(item for item in names.items() if item[0] in ends), edges)


def shown_names(paths: Sequence[str]) -> dict[str, str]:
    """By path the name of each module: its path below the folder that all are in.

    The folders that Java's build tools ask for say nothing and are left out.
    """
    folders = [posixpath.dirname(path) for path in paths if path not in (OTHERS, ".")]
    common = posixpath.commonpath(folders) if folders else ""
    prefix = f"{common}/" if common else ""
    names = {path: path.removeprefix(prefix) for path in paths}
    short = {path: _BUILD_FOLDERS.sub("", name) for path, name in names.items()}
    is_unique = len(set(short.values())) == len(short)
    return short if is_unique else names


def _statement(statement: Statement) -> Line:
    return (*prose(statement.text), " ", statement.location)


def _symbols(symbols: Sequence[KeySymbol]) -> Line:
    spans: list[Span] = []
    for symbol in symbols:
        spans += [", " if spans else "", Code(symbol.name), " ", symbol.location]
    return tuple(spans)


def _shortened(spans: Sequence[Span], most: int = MOST_NAMES) -> Line:
    """The first spans, and how many more there are."""
    more = len(spans) - most
    end = (f" and {more:,} more",) if more > 0 else ()
    return (*joined(spans[:most]), *end)


def _size(module: MapModule) -> str:
    lines = count(module.lines, "line")
    return lines if len(module.files) == 1 else f"{count(len(module.files), 'file')}, {lines}"


def _whole(module: MapModule) -> Location:
    """The module's file, or the first of its files."""
    lines = module.lines if len(module.files) == 1 else 1
    return Location(module.files[0], 1, lines)


def _sizes(page: MapPage) -> str:
    """How much source there is in which language."""
    languages = [
        f"{count(item.files, 'file')} of {_LANGUAGE_NAMES.get(item.name, item.name.title())}"
        for item in page.languages
    ]
    return f"Source: {', '.join(languages) or 'none'}."
