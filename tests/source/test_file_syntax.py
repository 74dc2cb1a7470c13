"""Damaged and macro-ridden files keep their classes, methods and functions, with their lines."""

from __future__ import annotations

import pytest

from repo_mhm.source import languages
from repo_mhm.source.file_syntax import FileSyntax, read_syntax
from repo_mhm.source.scan import scan_bytes


def syntax_of(path: str, text: str) -> FileSyntax:
    data = text.encode()
    language = languages.for_file(path, data)
    assert language is not None
    return read_syntax(path, data, language)


def symbols_of(path: str, text: str) -> list[str]:
    return [
        f"{symbol.qualified} {symbol.start}-{symbol.end}"
        for symbol in syntax_of(path, text).symbols.symbols
    ]


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        (
            "class MY_EXPORT Store final : public Base {\n public:\n  void run();\n};\n"
            "int f() {}\n",
            ["Store 1-4", "Store::run 3-3", "f 5-5"],
        ),
        ("class my_api Store {\n  int a;\n};\n", ["Store 1-3", "Store::a 2-2"]),
        ("struct LIB_API(2) Store {\n  int a;\n};\n", ["Store 1-3", "Store::a 2-2"]),
        (
            "class Panel : public QWidget {\n  Q_OBJECT\n  Q_PROPERTY(int w READ w)\n"
            " public slots:\n"
            "  void open();\n signals:\n  void opened(int at);\n};\n",
            ["Panel 1-8", "Panel::open 5-5", "Panel::opened 7-7"],
        ),
        (
            "class Queue {\n  int size_ GUARDED_BY(lock_);\n  void Push() LOCKS(lock_);\n};\n"
            "LIB_EXPORT Queue* NewQueue(int size);\n",
            ["Queue 1-4", "Queue::size_ 2-2", "Queue::Push 3-3", "NewQueue 5-5"],
        ),
        ("class A::B {\n  const int& d;\n};\n", ["A::B 1-3", "A::B::d 2-2"]),
        ("int Log::sizes_[] = {1};\n", ["Log::sizes_ 1-1"]),
        ("TEST_F(QueueTest, Pushes) {\n  int a;\n}\n", ["QueueTest::Pushes 1-3"]),
        (
            "LIB_BEGIN\nLIB_EXPORT\n\n// What is compiled.\nclass Text {};\nint f();\n",
            ["Text 5-5", "f 6-6"],
        ),
        (
            "struct Node {\n  LIB_CONSTEXPR Node(int a) : a_(a) {}\n"
            "  void set() {\n    if LIB_CONSTEXPR (is_set) {\n      run();\n    }\n  }\n};\n",
            ["Node 1-8", "Node::Node 2-2", "Node::set 3-7"],
        ),
        (
            "template <typename T,\n          LIB_ENABLE_IF(!std::is_same<T, int>::value &&\n"
            "                        is_small<T>())>\nauto f(T a) -> int { return 1; }\n",
            ["f 1-4"],
        ),
        (
            "DECLARE_KIND(unsigned char, kInteger);\nLIB_INLINE LIB_FAST auto f() -> int;\n"
            "class A {};\n",
            ["f 2-2", "A 3-3"],
        ),
        (
            "struct A {\n  operator bool() const { return a; }\n};\n"
            "A::operator int() const { return 1; }\n"
            "template <> int digits<int>() { return 1; }\n",
            ["A 1-3", "A::operator bool 2-2", "A::operator int 4-4", "digits 5-5"],
        ),
    ],
)
def test_macros_of_cpp_cost_nothing(text: str, symbols: list[str]) -> None:
    assert symbols_of("a.cpp", text) == symbols


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        (
            "static char *\ncopy(s, n)\n    char *s;\n    int n;\n{\n    return s;\n}\nint a;\n",
            ["copy 1-7", "a 8-8"],
        ),
        (
            "#define SKIP do { /* no */; } while (0)\nvoid after(void) {}\n",
            ["SKIP 1-1", "after 2-2"],
        ),
        (
            'static shared size_t used = 0;\nNO_CHECKS("a")\nint f(void) { return 1; }\n',
            ["used 1-1", "f 3-3"],
        ),
        (
            "int f(void) {\n#ifdef A\n  if (a) {\n#else\n  if (b) {\n#endif\n    g();\n  }\n}\n"
            "int h(void) { return 2; }\n",
            ["f 1-9", "h 10-10"],
        ),
        (
            "#if A\nint one(int a) {\n#else\nint two(void) {\n#endif\n  return 1;\n}\nint end;\n",
            ["one 2-7", "two 4-7", "end 8-8"],
        ),
        (
            "#if A\nint one(int a) {\n#elif B\n# if C\nint two(void) {\n# else\n"
            "int three(void) {\n# endif\n#else\nint four(void) {\n#endif\n  return 1;\n}\n",
            ["one 2-13", "two 5-13", "three 7-13", "four 10-13"],
        ),
        (
            "TEST_IMPL(connects) {\n  int a;\n}\n"
            "UNUSED(static int size(int fd, struct stat* s)) {\n  return 1;\n}\n",
            ["connects 1-3", "size 4-6"],
        ),
        (
            '#ifdef __cplusplus\nextern "C" {\n#endif\n'
            "LIB_EXTERN int one(void);\nstruct s { LIB_FIELDS };\n"
            "LIB_EXTERN int two(void);\n#ifdef __cplusplus\n}\n#endif\n",
            ["one 4-4", "s 5-5", "two 6-6"],
        ),
        (
            "struct p { int x, *y, z[3]; int (*call)(int); unsigned bit : 1; };\n",
            ["p 1-1", "p.x 1-1", "p.y 1-1", "p.z 1-1", "p.call 1-1", "p.bit 1-1"],
        ),
        (
            "static int (*hook)(int) = 0;\nint *a, b = 2;\n",
            ["hook 1-1", "a 2-2", "b 2-2"],
        ),
    ],
)
def test_old_and_macro_ridden_c_is_found(text: str, symbols: list[str]) -> None:
    assert symbols_of("a.c", text) == symbols


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("namespace a { int f(); }\n", "cpp"),
        ("#pragma once\n#include <vector>\nint f();\n", "cpp"),
        ("struct Point { float length() const; };\n", "cpp"),
        ("void f(const Point& point);\n", "cpp"),
        ("template <typename T> T f(T a);\n", "cpp"),
        ("enum class Mode { kFast };\n", "cpp"),
        ("#import <UIKit/UIKit.h>\n@interface Cell : NSObject\n@end\n", "objc"),
        ("/* class A is in namespace b */\nint f(int a);\n", "c"),
        ('#ifdef __cplusplus\nextern "C" {\n#endif\nint f(void);\n', "c"),
        ("#ifdef __cplusplus\nnamespace a {}\n#endif\nint f(int flags, int mask);\n", "c"),
        ("int f(int a) { return g(a&MASK); }\n#include <stdio.h>\n", "c"),
        ("", "c"),
    ],
)
def test_what_a_header_holds_decides_its_language(text: str, name: str) -> None:
    language = languages.for_file("include/a.h", text.encode())
    assert language is not None and language.name == name


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        (
            "class A {\n#if X\n  void F(int a) {\n#else\n  void F() {\n#endif\n  }\n"
            "  void G() { }\n}\n",
            ["A 1-9", "A.F 3-7", "A.F 5-7", "A.G 8-8"],
        ),
        (
            "class A {\n  void F() {\n#if X\n    if (x) {\n#else\n    if (y) {\n#endif\n    }\n"
            "  }\n"
            "  int a, b;\n}\n",
            ["A 1-11", "A.F 2-9", "A.a 10-10", "A.b 10-10"],
        ),
    ],
)
def test_both_branches_of_csharp_are_found(text: str, symbols: list[str]) -> None:
    assert symbols_of("a.cs", text) == symbols


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("@Internal\nconst val A = 1\n", ["A 1-2"]),
        ("@Target(A.B)\nannotation class Mark\n\nfun f() = 1\n", ["Mark 1-2", "f 4-4"]),
        ("@Kept @Target(A) annotation class Mark\n@A @B(C) public class D\n",
         ["Mark 1-1", "D 2-2"]),
        ("class O\nprivate constructor(\n  val s: Array<out String>,\n) {\n  fun f() {}\n}\n",
         ["O 1-6", "O.f 5-5"]),
        ("@Internal\nenum class Way { UP }\n", ["Way 1-2", "Way.UP 2-2"]),
        ("class A {\n  var set = 0\n  fun f() {\n    set = 1\n  }\n}\n",
         ["A 1-6", "A.set 2-2", "A.f 3-5"]),
        ("class A {\n  fun f() {\n    val get = 1\n    get += 2\n  }\n  fun g() {}\n}\n",
         ["A 1-7", "A.f 2-5", "A.g 6-6"]),
        ("class A {\n  var x = 1\n    private set\n  val y: Int\n    get() = 2\n}\n",
         ["A 1-6", "A.x 2-3", "A.y 4-5"]),
    ],
)  # fmt: skip
def test_words_that_kotlin_has_two_uses_for(text: str, symbols: list[str]) -> None:
    assert symbols_of("a.kt", text) == symbols


def test_types_with_brackets_and_unpacking_in_python() -> None:
    text = "type Other[K] = list[K]\nx, y = 1, 2\n[p, q] = 3, 4\n"
    assert symbols_of("a.py", text) == ["Other 1-1", "x 2-2", "y 2-2", "p 3-3", "q 3-3"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.java", "class A {\n  void f() {\nCONFLICT    }\n  }\n  void g() {}\n}\n"),
        ("a.ts", "class A {\n  f() {\nCONFLICT    }\n  }\n  g() {}\n}\n"),
        ("a.php", "<?php\nclass A {\n  function f() {\nCONFLICT    }\n  }\n  function g() {}\n}\n"),
    ],
)
def test_a_merge_conflict_costs_its_own_lines(path: str, text: str) -> None:
    conflict = "<<<<<<< HEAD\n    if ($a) {\n=======\n    if ($b) {\n>>>>>>> other\n"
    symbols = syntax_of(path, text.replace("CONFLICT", conflict)).symbols.symbols
    assert [symbol.name for symbol in symbols] == ["A", "f", "g"]


def test_damaged_lines_are_counted_and_cost_no_class() -> None:
    text = "class A {\n  void f() {\n    int = = 3 (;\n  }\n  void g() {}\n}\n"
    scanned = scan_bytes("A.java", text.encode())
    assert scanned.damaged_lines == (3,)
    assert [symbol.qualified for symbol in scanned.symbols] == ["A", "A.f", "A.g"]
    assert scan_bytes("A.java", b"class A {}\n").damaged_lines == ()


def test_procedures_of_t_sql_are_found_by_their_heads() -> None:
    text = (
        "SET ANSI_NULLS ON\nGO\n"
        "CREATE OR ALTER PROCEDURE [dbo].[AddItem] @Sku nvarchar(20) = NULL\n"
        "AS\nBEGIN\n  IF @Sku IS NULL RAISERROR('x', 16, 1) WITH NOWAIT\nEND\nGO\n"
        "CREATE FUNCTION dbo.Price (@Cents int) RETURNS TABLE AS RETURN (SELECT TOP 1 @Cents "
        "c)\nGO\n"
        "CREATE TABLE #items (sku nvarchar(20) COLLATE Latin1_General_CI_AS NULL)\n"
    )
    assert symbols_of("a.sql", text) == ["AddItem 3-7", "Price 9-9"]


def test_an_empty_node_behind_the_last_line_costs_nothing() -> None:
    scanned = scan_bytes(
        "A.pm", b"package A;\n\nsub one { 1 }\n\n__END__\n\n=pod\n\nWords.\n\n=cut\n"
    )
    assert not scanned.fallback
    assert [symbol.name for symbol in scanned.symbols] == ["A", "one"]


def test_branches_that_are_nested_without_end_are_left_whole() -> None:
    text = "#if A\n" * 5_000 + "int f(void) {\n" + "#else\n#endif\n" * 5_000
    assert "malformed" not in scan_bytes("a.c", text.encode()).fallback
