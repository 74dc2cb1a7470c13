"""A small repository, a scripted model that can be paused, and the app over both."""

from __future__ import annotations

import asyncio
import inspect
import shutil
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from repo_mhm.commands.index import index
from repo_mhm.commands.workspace import Model
from repo_mhm.config import Settings, Task
from repo_mhm.engine.scripted import ScriptedEngine, describe
from repo_mhm.engine.types import Prompt
from repo_mhm.errors import EngineError, ModelMissing
from repo_mhm.git import open_snapshot, state_dir
from repo_mhm.memory.index_plan import IndexOptions
from repo_mhm.store import open_store
from tests.conftest import MakeRepo, TestRepo
from tests.patience import PATIENCE
from tui.app import ChatApp
from tui.chat import Chat
from tui.state import AppState

CART = '''"""The cart of a shop."""

TAX_RATE = 0.21


class Cart:
    """Holds what will be bought."""

    def __init__(self):
        self.items = []

    def add(self, name, price):
        """Put an item into the cart."""
        self.items.append((name, price))

    def total(self):
        """Sum of the prices with the tax rate added."""
        return sum(price for _, price in self.items) * (1 + TAX_RATE)
'''
STOCK = '''"""What lies in the warehouse."""


def reserve(name, count):
    """Set pieces of an item aside, so that nobody else buys them."""
    return {name: count}
'''
README = "# Shop\n\nA shop with a cart and a warehouse.\n"
ANSWER = (
    "The total is the sum of the prices with the tax rate `TAX_RATE` added. "
    "Items are reserved in the warehouse by `reserve`.\n\n"
    "- add puts an item into the cart\n\n"
    "It charges `frobnicate_everything` on holidays too."
)


@dataclass
class Script:
    """What the scripted model answers, and when."""

    answer: str = ANSWER
    answer_gate: threading.Event = field(default_factory=threading.Event)
    """While it is not set, every streamed piece waits."""
    index_gate: threading.Event = field(default_factory=threading.Event)
    """While it is not set, every reply of the index waits."""
    open_gate: threading.Event = field(default_factory=threading.Event)
    """While it is not set, the model is being opened."""
    free: int = 0
    """Pieces of an answer that pass the gate though it is closed."""
    missing: bool = False
    broken: bool = False
    """Whether the model is there and cannot be opened."""
    model_id: str = "scripted-1"
    engines: list[ScriptedEngine] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.answer_gate.set()
        self.index_gate.set()
        self.open_gate.set()

    @property
    def label(self) -> str:
        """What the app says of the model once it has begun."""
        if self.broken:
            return "scripted cannot be opened"
        return "scripted" if self.open_gate.is_set() else "loading scripted …"

    def choose(self, settings: Settings, task: Task) -> Model:
        if self.missing:
            raise ModelMissing("the model is not on this machine", hint="Run: repo-mhm model pull")
        return Model(self.model_id, "scripted", self._open)

    def _open(self) -> ScriptedEngine:
        self.open_gate.wait(PATIENCE)
        if self.broken:
            raise EngineError("the model cannot be loaded", hint="Run: repo-mhm doctor")
        self.engines.append(_GatedEngine(self))
        return self.engines[-1]

    def reply(self, prompt: Prompt) -> Sequence[str]:
        return [self.answer] if prompt.slots[0].stop == "" else describe(prompt)


class _GatedEngine(ScriptedEngine):
    """Waits before each piece of an answer and each reply of the index, as a slow model would."""

    def __init__(self, script: Script) -> None:
        super().__init__(script.reply, concurrent_prompts=2)
        self._script = script

    def stream(self, prompt: Prompt) -> Generator[str, None, None]:
        for number, piece in enumerate(super().stream(prompt)):
            if number >= self._script.free:
                self._pass(self._script.answer_gate)
            yield piece

    def wait(self):  # type: ignore[no-untyped-def]
        self._pass(self._script.index_gate)
        return super().wait()

    def _pass(self, gate: threading.Event) -> None:
        while not gate.wait(0.01):
            if self._interrupted.is_set():
                self._interrupted.clear()
                raise KeyboardInterrupt


@pytest.fixture
def script() -> Iterator[Script]:
    script = Script()
    yield script
    script.answer_gate.set()
    script.index_gate.set()
    script.open_gate.set()


@pytest.fixture(autouse=True)
def quick_pilot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a pilot check every 5 ms instead of every 20 whether a key has been handled."""
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", 0.005)


@pytest.fixture(autouse=True)
def time_to_read_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let answers wait for changed files, as they do on a machine that is not busy."""
    monkeypatch.setattr("repo_mhm.commands.source_refresh.BUDGET_SECONDS", PATIENCE)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders that are slow to make and are copied for each test: the shop and its memory."""
    return tmp_path_factory.mktemp("templates")


@pytest.fixture
def shop(make_repo: MakeRepo, templates: Path, tmp_path: Path) -> TestRepo:
    template = templates / "shop"
    if not template.exists():
        repo = make_repo(
            {"README.md": README, "shop/cart.py": CART, "shop/stock.py": STOCK}, name="template"
        )
        shutil.copytree(repo.root, template)
    return TestRepo(Path(shutil.copytree(template, tmp_path / "shop")))


@pytest.fixture
def indexed_shop(shop: TestRepo, templates: Path) -> TestRepo:
    """The shop, read into memory."""
    template = templates / "memory"
    memory = state_dir(shop.root)
    if template.exists():
        shutil.copytree(template, memory, dirs_exist_ok=True)
    else:
        with open_store(memory) as store:
            scripted = ScriptedEngine(describe, concurrent_prompts=2)
            snapshot = open_snapshot(shop.root)
            list(index(store, snapshot, lambda: scripted, "scripted-1", IndexOptions()))
        shutil.copytree(memory, template)
    return shop


def screen_text(app: ChatApp) -> str:
    """What is on the screen of an app."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips[: app.size.height])


_HOPS = 12
"""More than a message takes from the deepest widget up to the app."""
_MOST_ROUNDS = 100
"""Of waiting for what is drawn: where a test holds drawing back, it is never done."""


@dataclass
class Session:
    """The app as a test drives it."""

    app: ChatApp
    pilot: Pilot[None]

    @property
    def state(self) -> AppState:
        return self.app.state

    @property
    def chat(self) -> Chat:
        return self.app.main.chat

    async def until(self, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait until a condition is true; fail when it does not become true in time."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"the condition never became true: {self.text()}"
            await asyncio.sleep(0.01)
        await self._settle()

    async def _settle(self) -> None:
        """Wait until all that has happened is drawn: messages, the next tick, the layout.

        What was waited for is often on the screen before the rest of the same change. The pilot
        alone would not notice: it takes a process that waits for its turn for an idle one.
        """
        for _ in range(_MOST_ROUNDS):
            await self.pilot.pause()
            screen = self.app.screen
            if not (self.state.needs_redraw or screen._layout_required or screen._dirty_widgets):
                return
            await asyncio.sleep(0.01)

    async def press(self, *keys: str) -> None:
        """Press keys, each handled before the next.

        On a busy machine an app that waits for its turn looks idle to the pilot.
        """
        for key in keys:
            await self.pilot.press(key)
            for _ in range(_HOPS):
                passed = asyncio.Event()
                self.app.call_later(passed.set)
                await passed.wait()

    async def ask(self, question: str, *, wait: bool = True) -> None:
        """Type a question and press Enter."""
        before = len(self.chat.exchanges)
        self.chat.prompt.text = question
        await self.press("enter")
        await self.until(lambda: len(self.chat.exchanges) > before)
        if wait:
            exchange = self.chat.exchanges[-1]
            await self.until(lambda: not exchange.unfinished and exchange.query(".summary, .error"))

    async def fill(self, text: str) -> None:
        """Write into the focused field and press Enter; typing key by key takes seconds."""
        assert isinstance(self.app.focused, Input)
        self.app.focused.value = text
        await self.press("enter")

    async def index(self) -> None:
        """Index the repository."""
        await self.press("f5")
        await self.until(lambda: self.state.index.phase == "done")

    def text(self) -> str:
        """What is on the screen."""
        return screen_text(self.app)


Open = Callable[..., "asynccontextmanager[AsyncIterator[Session]]"]


@pytest.fixture
def open_app(shop: TestRepo, script: Script, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """`async with open_app() as session`; closes the first-run screen unless `welcome` is set.

    The shop has a memory if the test has the fixture `indexed_shop`.
    """
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")

    @asynccontextmanager
    async def opened(
        *,
        size: tuple[int, int] = (100, 30),
        welcome: bool = False,
        path: Path | None = None,
        overrides: dict[str, object] | None = None,
    ) -> AsyncIterator[Session]:
        app = ChatApp(path or shop.root, overrides, choose_model=script.choose)
        async with app.run_test(size=size, notifications=True) as pilot:
            session = Session(app, pilot)
            label = "no model" if script.missing else script.label
            await session.until(lambda: app.state.model.label == label)
            if not welcome and len(app.screen_stack) > 1:
                await session.press("escape")
            yield session

    return opened


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run tests that are coroutines, each in a loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    asyncio.run(pyfuncitem.obj(**arguments))
    return True
