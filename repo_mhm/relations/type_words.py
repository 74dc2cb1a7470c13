"""Words in written types that name no class of a repository. Pure."""

from __future__ import annotations

TYPE_WRAPPERS = frozenset(
    "Optional Union List Dict Set Tuple Sequence Iterable Iterator Mapping Type Promise Array"
    " ReadonlyArray Readonly Partial Map Collection Awaitable None null undefined list dict set"
    " tuple type str bytes int float bool string number boolean void error map chan const final"
    " struct readonly typing collections abc t Callable Generator Self Annotated ClassVar"
    " Final".split()
)
"""Types around the one that matters, and words that stand beside it."""
COLLECTIONS = frozenset(
    "List Dict Set Tuple Sequence Iterable Iterator Mapping Map Collection Array ReadonlyArray"
    " ArrayList LinkedList HashMap HashSet LinkedHashMap TreeMap Queue Deque Stream list dict set"
    " tuple frozenset deque defaultdict".split()
)
"""Types whose argument is what they hold: their own members are not its."""
