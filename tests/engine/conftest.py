from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from repo_mhm.engine.llama_engine import LlamaEngine
from repo_mhm.engine.open_llama import LlamaOptions, open_llama

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
