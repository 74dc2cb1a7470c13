"""Bases, subclasses, overrides and inherited members."""

from __future__ import annotations

from tests.relations.conftest import RelationsOf

PYTHON = {
    "base.py": "class Base:\n    def run(self): ...\n    def stop(self): ...\n",
    "child.py": (
        "import base\nfrom base import Base\n\nclass Child(Base):\n    def run(self): ...\n\n"
        "class Grandchild(Child):\n    def run(self): ...\n\nclass Other(base.Base): ...\n"
    ),
    "same_name.py": "class Base: ...\nclass Mine(Base): ...\n",
}


def test_subclasses_are_those_whose_base_is_this_class_and_no_namesake(
    relations_of: RelationsOf,
) -> None:
    relations = relations_of(PYTHON)

    base = next(item for item in relations.resolve("Base") if item.path == "base.py")

    assert [item.name for item in relations.subclasses(base)] == ["Child", "Other"]
    deep = relations.subclasses(base, deep=True)
    assert [item.name for item in deep] == ["Child", "Other", "Grandchild"]


def test_overrides_go_down_and_overridden_members_up(relations_of: RelationsOf) -> None:
    relations = relations_of(PYTHON)

    (run,) = relations.resolve("Base.run")
    (deepest,) = relations.resolve("Grandchild.run")

    assert [item.qualified for item in relations.overrides(run)] == ["Child.run", "Grandchild.run"]
    assert [item.qualified for item in relations.overridden(deepest)] == ["Child.run", "Base.run"]


def test_a_member_that_a_class_lacks_is_inherited(relations_of: RelationsOf) -> None:
    relations = relations_of(PYTHON)

    (grandchild,) = relations.resolve("Grandchild")

    assert [item.qualified for item in relations.member(grandchild, "stop")] == ["Base.stop"]


def test_go_types_implement_an_interface_by_their_methods(relations_of: RelationsOf) -> None:
    relations = relations_of(
        {
            "a.go": (
                "package a\n\ntype Reader interface {\n\tRead() int\n\tClose()\n}\n\n"
                "type File struct{}\n\nfunc (f *File) Read() int { return 1 }\n"
                "func (f *File) Close() {}\n\ntype Half struct{}\n\nfunc (h Half) Close() {}\n"
            )
        }
    )

    (reader,) = relations.resolve("Reader")
    (read,) = relations.resolve("Reader.Read")

    assert [item.name for item in relations.subclasses(reader)] == ["File"]
    assert [item.qualified for item in relations.overrides(read)] == ["File.Read"]


def test_typescript_and_java_implement_interfaces_by_name(relations_of: RelationsOf) -> None:
    relations = relations_of(
        {
            "a.ts": "export interface Shape { area(): number }\n",
            "b.ts": (
                "import { Shape } from './a'\nexport class Square<T> implements Shape {\n"
                "  area() { return 1 }\n}\n"
            ),
            "src/p/Tool.java": "package p;\npublic interface Tool<T> { void use(); }\n",
            "src/p/Saw.java": (
                "package p;\npublic class Saw implements Tool<String> {\n"
                "  public void use() {}\n}\n"
            ),
        }
    )

    (shape,) = relations.resolve("Shape")
    (tool,) = relations.resolve("Tool")

    assert [item.name for item in relations.subclasses(shape)] == ["Square"]
    assert [item.name for item in relations.subclasses(tool)] == ["Saw"]


def test_a_class_that_inherits_from_itself_ends(relations_of: RelationsOf) -> None:
    relations = relations_of({"a.py": "class A(B): ...\nclass B(A):\n    def f(self): ...\n"})

    (first,) = relations.resolve("A")

    assert [item.qualified for item in relations.member(first, "f")] == ["B.f"]
    assert relations.member(first, "missing") == []


def test_the_bases_of_a_class_inside_are_not_those_of_the_class_around(
    relations_of: RelationsOf,
) -> None:
    relations = relations_of(
        {
            "a.py": (
                "class Base: ...\n\nclass Around:\n    class Inside(Base): ...\n\n"
                "class Generic[T: (int, str)](Base): ...\n\n"
                "class Plain[T: int]:\n    class Inner(Base): ...\n\n"
                "@mark(Base)\nclass Decorated(\n    Base,\n): ...\n"
            ),
            "b.go": (
                "package b\n\ntype Root struct{}\n\ntype Outer struct {\n\tinner struct {\n"
                "\t\tRoot\n\t}\n}\n\ntype Embeds struct {\n\tinner struct {\n\t\tN int\n\t}\n"
                "\tRoot\n}\n"
            ),
        }
    )

    (base,) = relations.resolve("Base")
    (root,) = relations.resolve("Root")

    in_python = [item.name for item in relations.subclasses(base)]
    assert in_python == ["Around.Inside", "Generic", "Plain.Inner", "Decorated"]
    assert [item.name for item in relations.subclasses(root)] == ["Embeds"]


def test_parts_of_a_class_of_csharp_share_members_and_bases(relations_of: RelationsOf) -> None:
    part = "namespace {0};\n\npublic partial class Pool{1}\n{{\n    {2}\n}}\n"
    relations = relations_of(
        {
            "Pool.cs": part.format("Depot", " : Basin", "public int Take() => Fill(1);"),
            "Pool.Fill.cs": part.format("Depot", "", "private int Fill(int amount) => amount;"),
            "Other.cs": part.format("Market", "", "private int Fill(int amount) => 0;"),
            "Basin.cs": "namespace Depot;\n\npublic class Basin\n{\n}\n",
        }
    )
    by_path = {item.path: item for item in relations.resolve("Pool")}

    assert [base.name for base in relations.bases(by_path["Pool.Fill.cs"])] == ["Basin"]
    assert relations.bases(by_path["Other.cs"]) == []
    (fill,) = relations.member(by_path["Pool.cs"], "Fill")
    assert fill.path == "Pool.Fill.cs"
    assert [use.path for use in relations.uses(fill)] == ["Pool.cs"]
