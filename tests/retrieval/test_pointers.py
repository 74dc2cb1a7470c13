"""Files and lines that texts name, in the forms of many tools."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_mhm.retrieval.pointers import Pointer, pointers_in
from tests.patience import HANG_SECONDS


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        (
            '  File "/usr/lib/site-packages/requests/models.py", line 721, in text',
            Pointer("/usr/lib/site-packages/requests/models.py", 721, "text"),
        ),
        ("src/_pytest/runner.py:217: in <lambda>", Pointer("src/_pytest/runner.py", 217, "lambda")),
        ("src/_pytest/runner.py:244: TypeError", Pointer("src/_pytest/runner.py", 244)),
        (
            "File ~/lib/xarray/core/dataset.py:2110, in Dataset.chunks(self)",
            Pointer("~/lib/xarray/core/dataset.py", 2110, "chunks"),
        ),
        ("/opt/x/common.py in get_sizes(variables)", Pointer("/opt/x/common.py", 0, "get_sizes")),
        ("    at Object.foo [as bar] (src/app.js:10:5)", Pointer("src/app.js", 10, "foo")),
        ("    at new Foo (file:///home/u/foo.mjs:3:1)", Pointer("/home/u/foo.mjs", 3, "Foo")),
        ("    at /home/u/anon.js:7:2", Pointer("/home/u/anon.js", 7)),
        (
            "\tat com.acme.shop.Cart$Item.total(Cart.java:31)",
            Pointer("com/acme/shop/Cart.java", 31, "total"),
        ),
        ("\t/home/u/go/src/pkg/file.go:12 +0x1d", Pointer("/home/u/go/src/pkg/file.go", 12)),
        ("  --> src/main.rs:4:5", Pointer("src/main.rs", 4)),
        ("thread 'main' panicked at src/lib.rs:9:5:", Pointer("src/lib.rs", 9)),
        (
            r"   at Shop.Auth.Service.Step(Request r, Session s) in C:\w\auth\Service.cs:line 31",
            Pointer("C:/w/auth/Service.cs", 31, "Step"),
        ),
        ("app/models/user.rb:12:in 'User#save'", Pointer("app/models/user.rb", 12, "save")),
        ("app/models/user.rb:14:in `block in save'", Pointer("app/models/user.rb", 14, "save")),
        ("#0 /var/www/a.php(12): Foo->bar()", Pointer("/var/www/a.php", 12)),
        ("PHP Fatal error: x in /var/b.php on line 99", Pointer("/var/b.php", 99)),
        ("#0  0x00005 in do_it (a=1) at src/x.c:12", Pointer("src/x.c", 12, "do_it")),
        ("#1 0x4a in parse_one /src/lib/y.c:12:3", Pointer("/src/lib/y.c", 12, "parse_one")),
        ("src/app.ts(31,5): error TS2304", Pointer("src/app.ts", 31)),
        (
            "https://github.com/o/n/blob/1be777/core/nanops.py#L35-L40",
            Pointer("/github.com/o/n/blob/1be777/core/nanops.py", 35, end=40),
        ),
        ("explain line 40 of `src/app.cs`", Pointer("src/app.cs", 40)),
        ("Explain src/auth/AuthService.cs:31", Pointer("src/auth/AuthService.cs", 31)),
        ("src/app.cs:33-39", Pointer("src/app.cs", 33, end=39)),
        ("src/app.cs lines 33 to 39", Pointer("src/app.cs", 33, end=39)),
        ("lines 33-39 of src/app.cs", Pointer("src/app.cs", 33, end=39)),
        ("[ERROR] /w/src/Cart.java:[31,5] cannot find symbol", Pointer("/w/src/Cart.java", 31)),
        ("base.rb:1085:in `block in dispatch!': undefined", Pointer("base.rb", 1085, "dispatch!")),
        ("lua: src/a.lua:12: in function 'total'", Pointer("src/a.lua", 12, "total")),
        (
            "\tat org.m.Filter.lambda$isCompatible$0(Filter.java:62)",
            Pointer("org/m/Filter.java", 62, "isCompatible"),
        ),
        ("\tat org.m.Filter$Box.<init>(Filter.java:62)", Pointer("org/m/Filter.java", 62, "Box")),
        (
            "  at Shop.Service.<StepAsync>d__3.MoveNext() in /w/Service.cs:line 31",
            Pointer("/w/Service.cs", 31, "StepAsync"),
        ),
        (
            "  at Shop.Service.<Run>g__Inner|3_0() in /w/Service.cs:line 31",
            Pointer("/w/Service.cs", 31, "Inner"),
        ),
        ("==7==    by 0x4005A: parse_one (y.c:12)", Pointer("y.c", 12, "parse_one")),
        (
            "frame #0: 0x0001 app`parse_one(x=1) at y.c:12:3",
            Pointer("y.c", 12, "parse_one"),
        ),
        (
            "example.com/mux.(*Router).ServeHTTP(0xc0, {0x7f, 0xc1}, 0x2?)\n\t/go/mux.go:174 +0x2a",
            Pointer("/go/mux.go", 174, "ServeHTTP"),
        ),
        (
            "example.com/cmd.init.2.func1.Wrap.1(0xc0)\n\t/go/cobra.go:137 +0x2f",
            Pointer("/go/cobra.go", 137, "Wrap"),
        ),
        ("main.run(...)\n\t/go/main.go:12", Pointer("/go/main.go", 12, "run")),
        (
            "created by main.serve.func2 in goroutine 7\n\t/go/main.go:12 +0x1",
            Pointer("/go/main.go", 12, "serve"),
        ),
        (
            "   3: ignore::gitignore::Builder::add_line\n             at ./src/gitignore.rs:475:13",
            Pointer("./src/gitignore.rs", 475, "add_line"),
        ),
        (
            "   4: ignore::walk::run::{{closure}}::h0123456789abcdef\n       at src/walk.rs:47:1",
            Pointer("src/walk.rs", 47, "run"),
        ),
        ("we call total(x)\n    src/app.js:3", Pointer("src/app.js", 3)),
        ("np.arange(1,10) at example.com:443, in 12:30", None),
    ],
)
def test_a_line_is_found_in_the_form_of_each_tool(text: str, pointer: Pointer | None) -> None:
    assert pointers_in(text) == ([pointer] if pointer else [])


def test_the_innermost_frame_comes_first() -> None:
    python = (
        "Traceback (most recent call last):\n"
        '  File "a.py", line 1, in outer\n    inner()\n'
        '  File "b.py", line 2, in inner\n    1 / 0\n'
    )
    node = "Error: x\n    at inner (b.js:2:1)\n    at outer (a.js:1:1)\n"
    assert [pointer.function for pointer in pointers_in(python)] == ["inner", "outer"]
    assert [pointer.function for pointer in pointers_in(node)] == ["inner", "outer"]


@given(st.text(alphabet="a./\\:( in19,#L\"'~\n", max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    for pointer in pointers_in(text):
        assert pointer.path
        assert pointer.line >= 0
        assert "\\" not in pointer.path


@pytest.mark.parametrize(
    "text",
    [
        "a.(*b)" * 40_000 + "\n\ta.go:1",
        ("a." * 500 + "\n\ta.go:1\n") * 100,
        "a/" * 200_000,
        "a." * 200_000,
        "in f(" * 80_000,
        ("at f (" * 400 + "a.js:1\n") * 100,
    ],
)
def test_hostile_texts_take_no_longer(text: str) -> None:
    started = time.process_time()
    pointers_in(text)
    assert time.process_time() - started < HANG_SECONDS
