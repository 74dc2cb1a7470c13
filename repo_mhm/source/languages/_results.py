"""How languages write what a call gives back."""

from repo_mhm.source.language_traits import ResultSyntax

PYTHON_RESULTS = ResultSyntax(
    "arrow",
    asynchronous=r"\basync\s+def\b",
    promises=frozenset("Awaitable Coroutine Future Task Deferred".split()),
    waiting=frozenset(
        "run create_task ensure_future gather wait wait_for shield run_until_complete"
        " run_coroutine_threadsafe as_completed start_soon async_to_sync spawn start_task"
        " run_sync add_task call_soon to_thread submit call_later timeout close"
        " iscoroutine isawaitable maybe_await ensureDeferred".split()
    ),
    yields=r"\byield\b",
)
SCRIPT_RESULTS = ResultSyntax(
    "colon",
    asynchronous=r"\basync\b",
    promises=frozenset("Promise PromiseLike Observable Thenable".split()),
    must_be_awaited=False,
    waiting=frozenset(
        "Promise.all Promise.allSettled Promise.race Promise.any Promise.resolve expect"
        " waitUntil resolve use".split()
    ),
    generator_head=r"\bfunction\s*\*|^(?:(?:public|private|protected|static|async|export)\s+)*\*",
)
CSHARP_RESULTS = ResultSyntax(
    "before",
    promises=frozenset({"Task", "ValueTask"}),
    waiting=frozenset("Task.WhenAll Task.WhenAny Task.WaitAll Task.Run Add".split()),
)
JAVA_RESULTS = ResultSyntax("before")
C_RESULTS = ResultSyntax("before")
GO_RESULTS = ResultSyntax("behind", is_nothing_unless_written=True)
RUST_RESULTS = ResultSyntax(
    "arrow",
    asynchronous=r"\basync\b",
    promises=frozenset({"Future", "BoxFuture", "LocalBoxFuture"}),
    is_nothing_unless_written=True,
    waiting=frozenset(
        "block_on spawn spawn_local join join_all select timeout pin Box.pin push run"
        " try_join try_join_all".split()
    ),
)
SWIFT_RESULTS = ResultSyntax(
    "arrow", asynchronous=r"\)\s*async\b", is_nothing_unless_written=True, must_be_awaited=False
)
KOTLIN_RESULTS = ResultSyntax("colon", asynchronous=r"\bsuspend\b", must_be_awaited=False)
PHP_RESULTS = ResultSyntax("colon")
