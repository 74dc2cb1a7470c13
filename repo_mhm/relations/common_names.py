"""Names of members that many unrelated classes have. Pure."""

from __future__ import annotations

_BUILTIN_TYPES = (str, bytes, int, float, list, dict, set, tuple, object, type, Exception, property)
COMMON_NAMES = frozenset(name for kind in _BUILTIN_TYPES for name in dir(kind)) | frozenset(
    "add all append apply assign bind build call close connect create data delete do each emit"
    " execute fetch file filter find first flush forEach get getattr handle has init is isEmpty key"
    " last length list load log map match merge name new next on open parse push put read reduce"
    " remove render request reset resolve run save send set size start stop submit test then"
    " toString type update value wait with write json text info debug error warning".split()
)
"""Member names that too many classes have for one definition to claim every use."""
