from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from repo_mhm.engine.llama_engine import LlamaEngine
from repo_mhm.engine.open_llama import LlamaOptions, open_llama
from repo_mhm.engine.open_server import ServerOptions, open_server
from repo_mhm.engine.server_engine import ServerEngine
from tests.patience import PATIENCE

Opener = Callable[..., LlamaEngine]


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The SmolLM2 file: from REPO_MHM_TEST_MODEL or models/ of the checkout.

    Without it tests are skipped; in CI they fail.
    """
    named = os.environ.get("REPO_MHM_TEST_MODEL")
    in_checkout = sorted((Path(__file__).parents[2] / "models").glob("*[Ss]mol*.gguf"))
    candidates = [Path(named)] if named else in_checkout

    if candidates and candidates[0].is_file():
        return candidates[0]
    if os.environ.get("CI") == "true":
        pytest.fail(
            "no test model: set REPO_MHM_TEST_MODEL or run "
            "`repo-mhm model pull smollm2-135m-instruct`"
        )
    pytest.skip("no test model: set REPO_MHM_TEST_MODEL")


@pytest.fixture(scope="session")
def open_model(model_path: Path) -> Opener:
    """Opens SmolLM2 small and on one thread, so that parallel tests do not wait for each other."""

    def open_small(**changes: object) -> LlamaEngine:
        options: dict[str, object] = {
            "context": 1024,
            "concurrent_prompts": 4,
            "threads": 1,
            "batch": 64,
            "repack": False,
        }
        return open_llama(model_path, LlamaOptions(**{**options, **changes}))  # type: ignore[arg-type]

    return open_small


@pytest.fixture(scope="module")
def llama(open_model: Opener) -> Iterator[LlamaEngine]:
    with open_model() as engine:
        yield engine


@pytest.fixture(scope="session")
def model_server(model_path: Path) -> Iterator[str]:
    """The URL of llama-cpp-python's server with SmolLM2, a real server of the OpenAI kind."""
    with running_server(model_path, free_port(), context=1024) as url:
        yield url


@contextmanager
def running_server(model_path: Path, port: int, context: int) -> Iterator[str]:
    """The URL of such a server, which is killed in the end."""
    script = Path(__file__).with_name("run_server.py")
    command = [sys.executable, "-P", str(script), "--model", str(model_path)]
    options: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "n_ctx": context,
        "n_threads": 1,
        "interrupt_requests": "false",  # else a request ends the streams of others
        "model_alias": "smollm2",
    }
    arguments = [text for key, value in options.items() for text in (f"--{key}", str(value))]
    process = subprocess.Popen(
        [*command, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}/v1"
        _wait_until_it_answers(process, url)
        yield url
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _wait_until_it_answers(process: subprocess.Popen[bytes], url: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(f"{url}/models", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"llama_cpp.server did not start (exit status {process.poll()})")


@pytest.fixture(scope="module")
def served(model_server: str) -> Iterator[ServerEngine]:
    """An engine whose prompts that server answers."""
    options = ServerOptions(model_server, "smollm2", context=1024, concurrent_prompts=4)
    with open_server(options) as engine:
        yield engine
