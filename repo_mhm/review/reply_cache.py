"""The file of a model's replies, so that reviewing an amended commit costs only what changed. IO.

Replies are kept under a digest of the model and the prompt. A damaged or unwritable file costs
time, never the review.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

from repo_mhm.engine.types import Contrast, Weighed
from repo_mhm.errors import UnsafeState
from repo_mhm.private_folder import private_folder

VERSION = "1"
"""Raise it when slips are shown to the model in another way: what is kept is then not used."""
MOST_REPLIES = 4000
"""Replies that the file keeps; the oldest go first."""

Weights = Weighed | None
"""None: the model finds no difference between the texts."""


class ReplyCache:
    """Replies of one model; `path` is None to keep none beyond this process."""

    def __init__(self, model_id: str, path: Path | None = None) -> None:
        self._model_id = model_id
        self._path = path
        self._texts_by_key = _load(path)
        self._has_new = False

    def weights(self, contrast: Contrast) -> tuple[bool, Weights]:
        """Whether the cache has the weights of a contrast, and the weights."""
        texts = self._texts_by_key.get(self._contrast_key(contrast))
        if texts is None:
            return False, None
        is_no_difference = len(texts) != 2  # as `put_weights` stores None
        if is_no_difference:
            return True, None
        try:
            return True, Weighed(float(texts[0]), float(texts[1]))
        except ValueError:
            return False, None

    def put_weights(self, contrast: Contrast, weights: Weights) -> None:
        """Keep the weights of a contrast."""
        texts = (str(weights.first), str(weights.second)) if weights else ()
        self._put(self._contrast_key(contrast), texts)

    def save(self) -> None:
        """Write the file, if there is anything new; what cannot be written is lost."""
        if self._path is None or not self._has_new:
            return
        newest = dict(list(self._texts_by_key.items())[-MOST_REPLIES:])
        with (
            suppress(OSError, UnsafeState),
            private_folder(self._path.parent, create=True) as folder,
        ):
            folder.replace(self._path.name, json.dumps(newest).encode())

    def _put(self, key: str, texts: tuple[str, ...]) -> None:
        self._texts_by_key[key] = texts
        self._has_new = True

    def _contrast_key(self, contrast: Contrast) -> str:
        return self._key(*astuple(contrast))

    def _key(self, *parts: object) -> str:
        text = json.dumps([VERSION, self._model_id, *parts])
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _load(path: Path | None) -> dict[str, tuple[str, ...]]:
    if path is None:
        return {}
    try:
        with private_folder(path.parent) as folder:
            content = json.loads(folder.read(path.name))
    except (OSError, ValueError, RecursionError, UnsafeState):
        return {}
    if not isinstance(content, dict):
        return {}
    return {key: tuple(texts) for key, texts in content.items() if _are_texts(texts)}


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)
