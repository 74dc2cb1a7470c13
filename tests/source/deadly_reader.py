"""A reader that ends its process at one file. A module of its own: worker processes must be able to import it."""

from __future__ import annotations

import os
from pathlib import Path

from repo_mhm.git import File, Kind, Reader


class DeadlyReader(Reader):
    """Reads as any reader does, but `f3.py` takes the whole process with it, as a fault in a parser would."""

    def __reduce__(self) -> tuple[type[Reader], tuple[Path, Kind, str]]:
        return DeadlyReader, (self.root, self.kind, self.commit)

    def read(self, file: File) -> bytes:
        if file.path == "f3.py":
            os._exit(1)
        return super().read(file)
