"""Removing a model: a pulled file is deleted, one of the user's own is only forgotten."""

from __future__ import annotations

from pathlib import Path

from repo_mhm.errors import ModelError
from repo_mhm.models.library import added_paths, pinned_paths, unknown_model, write
from repo_mhm.models.manifest import Manifest, PinnedModel, shipped_manifest
from repo_mhm.models.records import read_records


def remove(name: str, directory: Path, *, manifest: Manifest | None = None) -> Path | None:
    """Forget an added model, whose file stays; delete a pulled one. Returns the deleted file.

    Raises ModelError when there is no such model, or where a pinned one lies elsewhere.
    """
    manifest = manifest or shipped_manifest()
    pinned = manifest.get(name)
    if pinned is not None:
        return _remove_pinned(pinned, directory)

    for path_text, record in read_records(directory).items():
        if record.name == name:
            write(directory, Path(path_text), None)
            return None
    raise unknown_model(name, directory, manifest)


def _remove_pinned(model: PinnedModel, directory: Path) -> Path | None:
    """Delete what was pulled of a model; else forget where it was added from. Raises ModelError."""
    pulled = directory / model.file
    begun = pulled.with_name(f"{pulled.name}.part")
    existing = [path for path in (pulled, begun) if path.is_file()]
    for path in existing:
        write(directory, path.absolute(), None)
        _delete(path)
    if existing:
        return existing[0]

    added = added_paths(model, directory)
    for path in added:
        write(directory, path, None)
    elsewhere = [path for path in pinned_paths(model, directory) if path.is_file()]
    if elsewhere:
        raise ModelError(
            f"{elsewhere[0]} is not in the models folder {directory}",
            hint="Delete the file itself, if nothing else uses it.",
        )
    if not added:
        raise ModelError(
            f"the model {model.name} is not on this machine", hint="See `repo-mhm model list`."
        )
    return None


def _delete(path: Path) -> None:
    try:
        path.unlink()
    except OSError as exc:
        raise ModelError(
            f"{path} cannot be deleted: {exc.strerror}", hint="Check the folder's permissions."
        ) from exc
