"""Uses in TypeScript, JavaScript, Go, Java and C, as each language reaches definitions."""

from __future__ import annotations

import pytest

from repo_mhm.relations.records import Use
from tests.relations.conftest import RelationsOf


def places(uses: list[Use]) -> list[str]:
    return [f"{use.path}:{use.line}" for use in uses]


def test_typescript_follows_imports_renames_and_files_that_pass_names_on(
    relations_of: RelationsOf,
) -> None:
    relations = relations_of(
        {
            "src/parse.ts": "export function parse(text: string): number {\n  return 1\n}\n",
            "src/other.ts": "export function parse(): void {}\n",
            "src/index.ts": "export { parse } from './parse'\n",
            "src/a.ts": "import { parse } from './index'\n\nparse('x')\n",
            "src/b.ts": "import { parse as read } from './parse.js'\n\nread('x')\n",
            "src/c.ts": "import { parse } from './other'\n\nparse()\n",
            "src/d.ts": "import * as text from './parse'\n\ntext.parse('x')\n",
        }
    )

    parse = next(item for item in relations.resolve("parse") if item.path == "src/parse.ts")

    assert places(relations.callers(parse)) == ["src/a.ts:3", "src/b.ts:3", "src/d.ts:3"]


def test_typescript_tells_receivers_apart_by_their_declared_class(
    relations_of: RelationsOf,
) -> None:
    relations = relations_of(
        {
            "m.ts": (
                "export class Door {\n  close(): void {}\n  slam() { this.close() }\n}\n"
                "export class Shop {\n  private door = new Door()\n  close(): void {}\n"
                "  leave() { this.door.close() }\n}\n"
                "function f(shop: Shop, door: Door | undefined) {\n  shop.close()\n"
                "  door?.close()\n}\n"
            )
        }
    )

    (door,) = relations.resolve("Door.close")
    (shop,) = relations.resolve("Shop.close")

    assert places(relations.callers(door)) == ["m.ts:3", "m.ts:8", "m.ts:12"]
    assert places(relations.callers(shop)) == ["m.ts:11"]


def test_the_title_of_a_test_and_a_key_are_no_uses(relations_of: RelationsOf) -> None:
    relations = relations_of(
        {
            "sum.ts": "export function sum(): number { return 1 }\n",
            "sum.test.ts": (
                "import { sum } from './sum'\n\ndescribe('sum', () => {\n  it('adds', () => {\n"
                "    expect(sum()).toBe(1)\n    const x = { sum: 2 }\n  })\n})\n"
            ),
        }
    )

    (total,) = relations.resolve("sum")

    assert places(relations.callers(total)) == ["sum.test.ts:5"]
    assert places(relations.uses(total)) == ["sum.test.ts:1", "sum.test.ts:5"]


def test_javascript_follows_a_default_export_under_another_name(
    relations_of: RelationsOf,
) -> None:
    relations = relations_of(
        {
            "lib/create.js": "module.exports = createApp\nfunction createApp() {}\n",
            "index.js": "module.exports = require('./lib/create')\n",
            "a.js": "const app = require('./lib/create')\n\napp()\n",
        }
    )

    (create,) = relations.resolve("createApp")

    assert "a.js:3" in places(relations.callers(create))


def test_go_tells_packages_fields_and_variables_apart(relations_of: RelationsOf) -> None:
    relations = relations_of(
        {
            "go.mod": "module example.org/shop\n\ngo 1.22\n",
            "store/store.go": (
                "package store\n\ntype Store struct {\n\tName string\n\tlog *Log\n}\n\n"
                "func New() *Store { return &Store{} }\n\n"
                "func (s *Store) Close() error { s.log.Close(); return nil }\n\n"
                "type Log struct{}\n\nfunc (l *Log) Close() {}\n"
            ),
            "main.go": (
                'package main\n\nimport "example.org/shop/store"\n\n'
                "func main() {\n\ts := store.New()\n\tdefer s.Close()\n\tprintln(s.Name)\n}\n"
            ),
        }
    )

    (store_close,) = relations.resolve("Store.Close")
    (log_close,) = relations.resolve("Log.Close")
    (new,) = relations.resolve("store.New")
    (name,) = relations.resolve("Store.Name")

    assert places(relations.callers(store_close)) == ["main.go:7"]
    assert places(relations.callers(log_close)) == ["store/store.go:10"]
    assert places(relations.callers(new)) == ["main.go:6"]
    assert places(relations.uses(name)) == ["main.go:8"]


def test_java_calls_members_without_a_receiver(relations_of: RelationsOf) -> None:
    relations = relations_of(
        {
            "src/a/Base.java": "package a;\npublic class Base {\n  protected void open() {}\n}\n",
            "src/a/Child.java": (
                "package a;\npublic class Child extends Base {\n  void run() { open(); }\n}\n"
            ),
            "src/b/Other.java": (
                "package b;\nimport a.Child;\npublic class Other {\n  void open() {}\n"
                "  void run(Child child) { open(); child.open(); }\n}\n"
            ),
        }
    )

    (base_open,) = relations.resolve("Base.open")
    (other_open,) = relations.resolve("Other.open")

    assert places(relations.callers(base_open)) == ["src/a/Child.java:3", "src/b/Other.java:5"]
    assert places(relations.callers(other_open)) == ["src/b/Other.java:5"]


def test_c_knows_static_functions_macros_pointers_to_functions_and_members(
    relations_of: RelationsOf,
) -> None:
    relations = relations_of(
        {
            "list.h": "#define LIMIT 8\nstruct list { int size; };\nint push(struct list *l);\n",
            "list.c": (
                '#include "list.h"\n\nstatic int grow(int n) { return n * 2; }\n\n'
                "int push(struct list *l) {\n  if (l->size > LIMIT) grow(1);\n  return 0;\n}\n"
            ),
            "use.c": (
                '#include "list.h"\n\nstatic int grow(int n) { return n; }\n\n'
                "int main(void) {\n  int (*f)(struct list *) = push;\n  push(0);\n"
                "  return grow(LIMIT);\n}\n"
            ),
        }
    )

    push = relations.resolve("push")[0]
    (limit,) = relations.resolve("LIMIT")
    grow = next(item for item in relations.resolve("grow") if item.path == "list.c")
    (size,) = relations.resolve("list.size")

    assert places(relations.callers(push)) == ["use.c:7"]
    assert places(relations.uses(push)) == ["use.c:6", "use.c:7"]
    assert places(relations.uses(limit)) == ["list.c:6", "use.c:8"]
    assert places(relations.callers(grow)) == ["list.c:6"]
    assert places(relations.uses(size)) == ["list.c:6"]


def test_words_in_comments_and_strings_are_no_uses(relations_of: RelationsOf) -> None:
    relations = relations_of(
        {
            "a.py": (
                "def load():\n    '''load() loads.'''\n\n"
                'print("load()", f"{load()}")  # load()\n'
            )
        }
    )

    (load,) = relations.resolve("load")

    assert places(relations.uses(load)) == ["a.py:4"]


def test_languages_without_known_types_are_told_apart_by_names(relations_of: RelationsOf) -> None:
    relations = relations_of(
        {
            "src/lib.rs": (
                "pub struct Shop { n: u32 }\nimpl Shop {\n"
                "    pub fn open_door(&self) -> u32 { 1 }\n"
                "    pub fn run(&self) { self.open_door(); helper_function(); }\n}\n"
                "pub fn helper_function() {}\n"
            ),
            "app.rb": (
                "class Till\n  def ring_up(x)\n    x\n  end\n"
                "  def sell\n    ring_up(1)\n  end\nend\n"
            ),
            "Program.cs": (
                "class Lamp { public void Light() {} }\n"
                "class Room { Lamp lamp = new Lamp(); void Enter() { lamp.Light(); } }\n"
            ),
            "main.kt": (
                "class Engine {\n    fun ignite() {}\n}\n"
                "class Car(val engine: Engine) {\n    fun drive() { engine.ignite() }\n}\n"
            ),
            "cart.php": (
                "<?php\nclass Cart {\n  function total() { return 1; }\n"
                "  function pay() { return $this->total(); }\n}\n"
            ),
        }
    )

    def callers(subject: str) -> list[str]:
        return places(relations.callers(relations.resolve(subject)[0]))

    assert callers("open_door") == ["src/lib.rs:4"]
    assert callers("helper_function") == ["src/lib.rs:4"]
    assert callers("ring_up") == ["app.rb:6"]
    assert callers("Lamp.Light") == ["Program.cs:2"]
    assert callers("Engine.ignite") == ["main.kt:5"]
    assert callers("Cart.total") == ["cart.php:4"]


def test_private_members_are_found_with_and_without_their_mark(relations_of: RelationsOf) -> None:
    relations = relations_of(
        {
            "a.ts": (
                "export class Box {\n  #open(): void {}\n  run() { this.#open() }\n}\n"
                "export class Door {\n  #open(): void {}\n}\n"
            )
        }
    )

    (box,) = relations.resolve("Box.#open")
    (run,) = relations.resolve("Box.run")

    assert relations.resolve("Box.open") == [box]
    assert places(relations.callers(box)) == ["a.ts:3"]
    assert [callee.targets for callee in relations.callees(run)] == [(box,)]


def test_java_anonymous_classes_override_and_overloads_do_not(relations_of: RelationsOf) -> None:
    relations = relations_of(
        {
            "p/Rule.java": (
                "package p;\npublic interface Rule {\n  boolean fits(String text);\n"
                "  static Rule any() {\n    return new Rule() {\n      @Override\n"
                "      public boolean fits(String text) { return true; }\n    };\n  }\n}\n"
            ),
            "p/Strict.java": (
                "package p;\npublic class Strict implements Rule {\n"
                "  public boolean fits(int number) { return false; }\n"
                "  public boolean fits(String text) { return false; }\n}\n"
            ),
        }
    )

    fits = next(item for item in relations.resolve("Rule.fits") if item.start == 3)

    overrides = [f"{item.path}:{item.end}" for item in relations.overrides(fits)]
    assert sorted(overrides) == ["p/Rule.java:7", "p/Strict.java:4"]


def test_a_list_of_things_is_no_thing(relations_of: RelationsOf) -> None:
    relations = relations_of(
        {
            "Cart.java": (
                "import java.util.List;\nclass Item { void add(int n) {} }\n"
                "class Cart {\n  private List<Item> items;\n  void fill(Item item) {\n"
                "    items.add(item);\n    item.add(1);\n  }\n}\n"
            )
        }
    )

    (add,) = relations.resolve("Item.add")

    assert places(relations.callers(add)) == ["Cart.java:7"]


def test_go_literals_use_fields_and_counted_constants_have_values(
    relations_of: RelationsOf,
) -> None:
    relations = relations_of(
        {
            "a.go": (
                "package a\n\ntype Route struct{ path string }\n\nconst (\n\tfirst = iota\n"
                '\tsecond\n)\n\nvar routes = []Route{{path: "a"}}\nvar one = Route{path: "b"}\n'
            )
        }
    )

    (path,) = relations.resolve("Route.path")
    (second,) = relations.resolve("second")

    assert places(relations.uses(path)) == ["a.go:10", "a.go:11"]
    assert relations.value(second) == "1"


@pytest.mark.parametrize(
    ("group", "value"),
    [
        ("\ta = iota\n\twanted", "1"),
        (
            "\ta = 1 << iota\n\n\t// b is read.\n\tb\n\n\t// wanted is kept.\n\twanted",
            "1 << iota (iota is 2)",
        ),
        ("\ta Kind = 7\n\twanted", "7"),
        ("\t_ = iota\n\ta\n\twanted", "2"),
        ("\tzero = 0\n\ta = iota\n\twanted", "2"),
        ("\ta = call(\n\t\tiota,\n\t)\n\twanted", ""),
        ("\ta, b = iota, 1\n\twanted, c", ""),
    ],
)
def test_a_counted_go_constant_has_the_value_of_its_place(
    relations_of: RelationsOf, group: str, value: str
) -> None:
    code = f"package a\n\ntype Kind int\n\nconst (\n{group}\n)\n"
    relations = relations_of({"a.go": code})
    (wanted,) = relations.resolve("wanted")
    assert relations.value(wanted) == value


def test_typescript_default_interfaces_have_uses_and_implementers(
    relations_of: RelationsOf,
) -> None:
    relations = relations_of(
        {
            "shape.ts": "export default interface Shape {\n  area(): number\n}\n",
            "square.ts": (
                "import Shape from './shape'\n\nexport class Square implements Shape {\n"
                "  area() { return 1 }\n}\n"
            ),
        }
    )

    (shape,) = relations.resolve("Shape")
    (area,) = relations.resolve("Shape.area")

    assert [item.name for item in relations.subclasses(shape)] == ["Square"]
    assert [item.qualified for item in relations.overrides(area)] == ["Square.area"]
    assert places(relations.uses(shape)) == ["square.ts:1", "square.ts:3"]


def test_c_sees_the_members_of_every_enumeration_without_it(relations_of: RelationsOf) -> None:
    relations = relations_of(
        {
            "door.h": (
                "enum state { OPEN, SHUT };\n"
                "typedef enum side { LEFT, RIGHT } side_t;\n"
                "typedef enum { RED, BLUE } colour_t;\n"
            ),
            "door.c": (
                '#include "door.h"\n\nint turn(enum state now, side_t side, colour_t colour) {\n'
                "  if (now == OPEN)\n    return side == LEFT;\n  return colour == RED;\n}\n"
            ),
        }
    )

    lines = {
        name: [place for item in relations.resolve(name) for place in places(relations.uses(item))]
        for name in ("OPEN", "LEFT", "RED")
    }

    assert lines == {"OPEN": ["door.c:4"], "LEFT": ["door.c:5"], "RED": ["door.c:6"]}


def test_java_annotation_before_a_method_on_its_line_hides_no_override(
    relations_of: RelationsOf,
) -> None:
    relations = relations_of(
        {
            "Name.java": "class Name {\n  Out emit(Out out) {\n    return out;\n  }\n}\n",
            "Word.java": (
                "class Word extends Name {\n  @Override Out emit(Out out) {\n"
                "    return emit(out, false);\n  }\n\n"
                "  Out emit(Out out, boolean wide) {\n    return out;\n  }\n}\n"
            ),
        }
    )

    (emit,) = relations.resolve("Name.emit")

    assert [(item.path, item.start) for item in relations.overrides(emit)] == [("Word.java", 2)]
