"""Small inputs, each with all the symbols of it: members, and what grammars cannot parse as is."""

from __future__ import annotations

import pytest

from repo_mhm.source import languages
from repo_mhm.source.file_syntax import read_syntax

CASES = {
    "c++, macros in front of keywords": (
        "cpp",
        "BEGIN_NAMESPACE\nBEGIN_EXPORT\n\nenum class color : int {\n  red = 1,\n  blue\n};\n"
        "API_EXPORT template <typename T> class D {\n};\n",
        "type color 4-7, constant color::red 5-5, constant color::blue 6-6, class D 8-9",
    ),
    "make, values that are kept or under a condition": (
        "make",
        "A?=1\nB ?= 2\nifeq ($(A),1)\n\tC=3\nelse\n\tD := 4\nendif\n"
        "all: a\n\tE=5 run\nifeq (a,b)\n\tF=6\nendif\n\nG != date\n\tH=7\n",
        "constant A 1-1, constant B 2-2, constant C 4-4, constant D 6-6, command all 8-12, "
        "constant G 14-14, constant H 15-15",
    ),
    "perl, attributes and wrappers": (
        "perl",
        "package A;\nhas files => (\n  is => 'ro',\n);\nhas 'name' => (is => 'ro');\n"
        "around content => sub {\n  1;\n};\nbefore 'open' => sub { 1 };\n"
        "run content => sub { 2 };\n",
        "module A 1-1, constant files 2-4, constant name 5-5, function content 6-8, "
        "function open 9-9",
    ),
    "fortran, operators": (
        "fortran",
        "module a\ninterface operator(+)\n  module procedure add\nend interface\n"
        "interface assignment(=)\n  module procedure set\nend interface\nend module\n",
        "module a 1-8, type a%operator(+) 2-4, type a%assignment(=) 5-7",
    ),
    "javascript, functions with a name that calls are given": (
        "javascript",
        "define(req, 'host', function host() {\n  list.map(function inner(a) { return a });\n});\n",
        "function host 1-3",
    ),
    "go, fields": (
        "go",
        'package a\ntype S struct {\n\tA, B int `json:"a"`\n\t*Base\n\tRun func(x int) error\n}\n',
        "class S 2-6, constant S.A 3-3, constant S.B 3-3, constant S.Run 5-5",
    ),
    "rust, fields and modules": (
        "rust",
        "mod parts;\nstruct S {\n    pub a: u8,\n    b: T,\n}\nstruct P(u8);\n",
        "module parts 1-1, class S 2-5, constant S::a 3-3, constant S::b 4-4, class P 6-6",
    ),
    "typescript, members of types": (
        "typescript",
        "interface A {\n  readonly b?: string;\n}\ntype T = { q: { inner: number } };\n"
        "function f(x: { y: number }) {}\n",
        "type A 1-3, constant A.b 2-2, type T 4-4, constant T.q 4-4, function f 5-5",
    ),
    "c#, members in the head of a record": (
        "csharp",
        "record P(int X, string? Y = null) : B(X);\nclass C(int notMember) {\n  ~C() {}\n}\n",
        "class P 1-1, constant P.X 1-1, constant P.Y 1-1, class C 2-4, method C.~C 3-3",
    ),
    "java, members in the head of a record": (
        "java",
        "record P(int x, @A List<String> names, int... rest) {\n  P {}\n}\n",
        "class P 1-3, constant P.x 1-1, constant P.names 1-1, constant P.rest 1-1, method P.P 2-2",
    ),
    "kotlin, members in the head of a class": (
        "kotlin",
        "class P @Inject constructor(\n  private val a: Int,\n"
        "  @A override var b: T = T(),\n  c: Int,\n)\n",
        "class P 1-5, constant P.a 2-2, constant P.b 3-3",
    ),
    "scala, members in the heads of classes": (
        "scala",
        "case class P[A](a: A, private val b: Int = 1)(implicit c: Int) extends B(a)\n"
        "class Q(val x: Int, y: Int)\n"
        "enum E(val code: Int):\n  case Mix(part: Int) extends E(part)\n",
        "class P 1-1, constant P.a 1-1, constant P.b 1-1, class Q 2-2, constant Q.x 2-2, "
        "type E 3-4, constant E.code 3-3, constant E.Mix 4-4, constant E.Mix.part 4-4",
    ),
    "php, promoted parameters": (
        "php",
        "<?php\nclass A {\n"
        "  function __construct(private readonly int $x, int $y, public ?B $z = null)\n  {}\n}\n",
        "class A 2-5, method A::__construct 3-4, constant A::x 3-3, constant A::z 3-3",
    ),
    "typescript, promoted parameters": (
        "typescript",
        "class A {\n  constructor(private x: number, y = 1, readonly z?: B) {}\n"
        "  f(a: number) {}\n}\n",
        "class A 1-4, method A.constructor 2-2, constant A.x 2-2, constant A.z 2-2, method A.f 3-3",
    ),
    "ocaml, variants and recursive modules": (
        "ocaml",
        "type t = [ `A | `B of int ]\nmodule rec R : S = struct end\nand Q : S = struct end\n",
        "type t 1-1, constant t.A 1-1, constant t.B 1-1, module R 2-2, module Q 3-3",
    ),
    "haskell, both branches": (
        "haskell",
        "module A.B where\n#if FOO\nx = 1\n#else\ny = 2\n#endif\nz = 3\n",
        "module A.B 1-1, function x 3-3, function y 5-5, function z 7-7",
    ),
    "lua, a function for a name declared before": (
        "lua",
        "local a\na = function() end\n",
        "function a 2-2",
    ),
    "objective-c, remarks to the compiler": (
        "objc",
        "NS_ASSUME_NONNULL_BEGIN\nAPI_AVAILABLE(ios(14.0), tvos(14.0))\n@interface P : NSObject\n"
        "- (void)run NS_UNAVAILABLE;\n@end\nNS_ASSUME_NONNULL_END\n",
        "class P 3-5, method P.run 4-4",
    ),
    "objective-c, types of blocks and of functions": (
        "objc",
        "typedef void (^Done)(NSData * _Nullable data);\ntypedef int (*Fp)(void);\n",
        "type Done 1-1, type Fp 2-2",
    ),
    "powershell, arguments": (
        "powershell",
        "Import-Module $root\\p.psm1 -Force\nGet-Module A, B | Remove-Module\n$none = {}\n"
        "$table['a'] = 1\n"
        "function f { param($A = { }) }\n",
        "constant none 3-3, function f 5-5",
    ),
    "verilog, selections": (
        "verilog",
        "module m;\nfoo u (.M({w[1], w[0]}));\nalways @* begin\n a[7:0] = b;\nend\nendmodule\n",
        "module m 1-6, constant m.u 2-2",
    ),
    "verilog, branches in a list of ports": (
        "verilog",
        "module m(\n input a,\n`ifdef X\n output b,\n`endif\n input c\n);\nendmodule\n",
        "module m 1-8, constant m.a 2-2, constant m.b 4-4, constant m.c 6-6",
    ),
    "fortran, procedures of a type": (
        "fortran",
        "module m\ntype :: t\ncontains\n procedure :: f, y\n procedure, public :: g => h\n"
        " generic :: get => f, g\nend type\nend module\n",
        "module m 1-8, class m%t 2-7, method m%t%f 4-4, method m%t%y 4-4, method m%t%g 5-5, "
        "method m%t%get 6-6",
    ),
    "julia, an operator that is a constant": (
        "julia",
        "const ≅ = isequal\n",
        "constant ≅ 1-1",
    ),
    "fortran, formats in variables": (
        "fortran",
        "program a\nprint fmt, 'S = ', s\nwrite(*, fmt) s\nend program\n",
        "command a 1-4",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_all_symbols(case: str) -> None:
    name, text, expected = CASES[case]
    syntax = read_syntax("sample", text.encode(), languages.by_name(name))
    listed = [
        f"{item.kind} {item.qualified} {item.start}-{item.end}" for item in syntax.symbols.symbols
    ]
    assert (", ".join(listed), syntax.damaged_lines) == (expected, ())
