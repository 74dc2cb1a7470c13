"""The saved state of the prefix that all prompts for answers share: instructions and memory.

After an index an engine evaluates the prefix and saves its state, so that an answer loads it and
begins at once. Reads and writes the store and the state's file.
"""

from __future__ import annotations

import hashlib

from repo_mhm.answer.prompts import memory_system
from repo_mhm.engine.saved_state import FORMAT
from repo_mhm.engine.types import Engine
from repo_mhm.private_folder import make_private
from repo_mhm.store import Store, storage_errors


def save_state(store: Store, system: str, model: str, engine: Engine) -> None:
    """Evaluate the system message (see `memory_system`), and save its state.

    Raises StoreError when the file cannot be written, EngineError when the engine fails.
    """
    path = store.state_path
    with storage_errors(path):
        make_private(path.parent)
        engine.save_state(system, path)
        is_kept = path.exists()
    store.set_meta(state=_state_key(system, model), state_kept=str(is_kept))


def is_state_saved(store: Store, model: str) -> bool:
    """Whether the saved state is that of the memory as it is now, under this model."""
    # An engine that keeps no state in a file has nevertheless evaluated the prefix.
    is_there = store.meta("state_kept") == "False" or store.state_path.exists()
    return is_there and store.meta("state") == _state_key(memory_system(store.notes()), model)


def _state_key(system: str, model: str) -> str:
    return hashlib.blake2b(f"{FORMAT}\0{model}\0{system}".encode(), digest_size=16).hexdigest()
