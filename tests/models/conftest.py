"""What the tests of models share: a folder of wheels for pip, a models directory, a server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.models.tiny import MODEL, THIRDS, Server, wheel


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that is all pip knows of; three of them hold the tiny model."""
    folder = tmp_path / "wheels"
    for n, third in enumerate(THIRDS):
        wheel(folder, f"tiny_part{n}", f"{n}.bin", third)
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(MODEL)
    yield server
    server.close()
