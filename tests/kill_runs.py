"""Kills commands at the system calls by which they change files, and checks that nothing is lost.

    python tests/kill_runs.py --runs 1000 --seed 1 --log runs.jsonl

Each run copies a repository with a memory, runs one command in a process of its own, and kills that
process as it enters the nth call of some system call (strace injects the signal). Which calls there
are is recorded first, from a run that nothing disturbs. Afterwards the database must be sound and
hold all that it held, the same command must succeed, and its result must be that of the undisturbed
run. The log has a line for each run; a run that is in it already is not repeated.

Processes are forked from this one, which has imported everything: a start takes most of the time
of a short command.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from repo_mhm.cli import main as command_line
from repo_mhm.commands import background_refresh, hook, watch, workspace
from repo_mhm.commands import index as index_command
from repo_mhm.engine.scripted import ScriptedEngine
from repo_mhm.git import hooks
from repo_mhm.models.pull import pull
from repo_mhm.store import open_store

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.models.tiny import MODEL, Server, manifest

CALLS = (
    "openat,write,pwrite64,ftruncate,rename,renameat,renameat2,link,linkat,unlink,unlinkat,"
    "mkdir,mkdirat,symlinkat,rmdir,fsync,fdatasync,fchmod,fchmodat,chmod,fallocate"
)
"""System calls that change files; of `openat` those count that may write."""
LONGEST_SECONDS = 600
IMPORTED = (
    "git repo_mhm.cli.program repo_mhm.cli.terminal repo_mhm.cli.index_progress "
    "repo_mhm.commands.memory repo_mhm.commands.hook_refresh repo_mhm.memory.refresh "
    "repo_mhm.memory.index_run repo_mhm.answer.memory_state repo_mhm.models.library filelock"
).split()
"""Imported before the forks, since they take most of the time of a command."""
MINE = "#!/bin/sh\necho mine\n"
Points = list[tuple[str, int]]
"""A system call, and the how manieth of a process it is."""


@dataclass(frozen=True)
class Verb:
    """A command, and what must be true when it was killed and when it was run again."""

    run: Callable[[], object]
    prepare: Callable[[], None]
    check_killed: Callable[[], None]
    outcome: Callable[[], object]


class Bench:
    """The folders of the runs, the repository that each begins with, and the commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repo = folder / "work" / "repo"
        self.template = folder / "template"
        self.models = folder / "models"
        self.program = folder / "program"
        self.output = folder / "output"
        self.url = ""
        self.commits: list[str] = []
        self.ledger: dict[str, set[int]] = {}

    @property
    def state(self) -> Path:
        return self.repo / ".git/repo-mhm"

    def build(self) -> None:
        """A repository that was indexed at two commits, and has changed since."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.repo.mkdir(parents=True)
        self.program.write_text("#!/bin/sh\necho ours\n")
        self.program.chmod(0o755)
        self.git("init", "--quiet")
        self.git("config", "user.name", "Ada")
        self.git("config", "user.email", "ada@example.org")
        for number in range(8):
            self.write(number, 0)
        self.commit()
        self.calm(self.cli("index", "."))
        self.write(1, 1)
        (self.repo / "part2.py").unlink()
        self.commit()
        self.calm(self.cli("index", "."))
        with open_store(self.state) as store:
            store.add_turn("talk", "what?", "that", {})
        self.ledger = self.rows()
        shutil.copytree(self.repo, self.template, symlinks=True)

    def write(self, number: int, version: int) -> None:
        body = "".join(
            f"def step_{number}_{row}(value):\n    return value + {row + version}\n\n\n"
            for row in range(6)
        )
        (self.repo / f"part{number}.py").write_text(body)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "change")
        self.commits.append(self.git("rev-parse", "HEAD"))

    def git(self, *args: str) -> str:
        done = subprocess.run(["git", *args], cwd=self.repo, capture_output=True, check=True)
        return done.stdout.decode().strip()

    def cli(self, *args: str) -> Callable[[], object]:
        def run() -> None:
            os.chdir(self.repo)
            sys.argv = ["repo-mhm", *args]
            command_line()

        return run

    def calm(self, run: Callable[[], object]) -> None:
        """Run something in a process of its own; it must succeed."""
        code = self.forked(run, [])
        assert code == 0, self.output.read_text()

    def forked(self, run: Callable[[], object], strace: list[str]) -> int:
        """The exit code of a process that runs this, under strace with these options if any."""
        gate, opened = os.pipe()
        waits, ready = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(opened)
            self._child(run, gate, ready)
        os.close(gate)
        # What it opens for itself must not be among the calls that are counted.
        os.read(waits, 1)
        os.close(waits)
        os.close(ready)
        tracer = None
        if strace:
            tracer = subprocess.Popen(["strace", "-f", "-qq", "-p", str(child), *strace])
            while "TracerPid:\t0" in Path(f"/proc/{child}/status").read_text():
                assert tracer.poll() is None, "strace cannot watch this process"
                time.sleep(0.005)
        os.write(opened, b".")
        os.close(opened)
        _, status = os.waitpid(child, 0)
        if tracer is not None:
            # Processes that it has started go with it, as when a machine stops.
            tracer.terminate()
            tracer.wait()
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        return os.waitstatus_to_exitcode(status)

    def _child(self, run: Callable[[], object], gate: int, ready: int) -> None:
        code = 70
        try:
            os.setsid()
            output = os.open(self.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(output, 1)
            os.dup2(output, 2)
            signal.alarm(LONGEST_SECONDS)
            os.write(ready, b".")
            os.read(gate, 1)
            run()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        except BaseException:  # noqa: BLE001  whatever it is, the process ends here
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    # ---- repositories ----

    def reset(self) -> None:
        shutil.rmtree(self.repo, ignore_errors=True)
        shutil.copytree(self.template, self.repo, symlinks=True)

    def reset_and_change(self) -> None:
        self.reset()
        self.write(3, 2)
        self.write(9, 0)

    def rows(self) -> dict[str, set[int]]:
        """The ids of what is kept for ever, by table; checks the database itself as well."""
        with sqlite3.connect(self.state / "memory.db") as db:
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            assert not db.execute("PRAGMA foreign_key_check").fetchall()
            ids = {
                table: {row[0] for row in db.execute(f"SELECT id FROM {table}")}
                for table in ("step", "note", "turn")
            }
        db.close()
        return ids

    def check_ledger(self) -> None:
        open_store(self.state).close()
        rows = self.rows()
        for table, ids in self.ledger.items():
            assert ids <= rows[table], f"{table}: {len(ids - rows[table])} rows lost"

    def check_turns_and_live_notes(self) -> None:
        with open_store(self.state) as store:
            live = set(store.live_note_ids())
        rows = self.rows()
        assert self.ledger["turn"] <= rows["turn"]
        assert live <= rows["note"]

    def memory(self) -> object:
        with open_store(self.state) as store:
            chunks = sorted(
                (str(stored.chunk.location), stored.chunk.content_id) for stored in store.chunks()
            )
            notes = sorted(
                (note.head, note.level, note.anchor, note.text, note.chunks)
                for note in store.notes()
            )
        return chunks, notes

    def memory_and_ids(self) -> object:
        return self.memory(), self.rows()

    def output_text(self) -> object:
        return self.output.read_text()

    # ---- hooks ----

    @property
    def hook_path(self) -> Path:
        return self.repo / ".git/hooks/pre-commit"

    def write_hook(self) -> None:
        self.reset()
        shutil.rmtree(self.hook_path.parent, ignore_errors=True)
        self.hook_path.parent.mkdir()
        self.hook_path.write_text(MINE)
        self.hook_path.chmod(0o755)

    def install_hook(self) -> None:
        self.write_hook()
        self.calm(self.cli("hook", "install", "."))

    def check_hook(self) -> None:
        text = self.hook_output()
        installed = hooks.status(self.repo)[0].installed
        assert text == ("mine\nours\n" if installed else "mine\n"), text

    def hook_output(self) -> str:
        (self.repo / "part0.py").write_text("x = 1\n")
        self.git("add", "--all")
        done = subprocess.run([self.hook_path], cwd=self.repo, capture_output=True, check=True)
        return done.stdout.decode()

    def hook_files(self) -> object:
        return sorted(path.name for path in self.hook_path.parent.iterdir()), self.hook_output()

    # ---- models ----

    def pull(self) -> None:
        source = {"kind": "http", "url": self.url}
        pull("tiny", self.models, manifest=manifest(source), may_contact=lambda *_: True)

    def no_models(self) -> None:
        shutil.rmtree(self.models, ignore_errors=True)

    def check_models(self) -> None:
        """A model that is there is whole."""
        model = self.models / "tiny.gguf"
        assert not model.exists() or model.read_bytes() == MODEL

    def model_files(self) -> object:
        assert (self.models / "tiny.gguf").read_bytes() == MODEL
        return sorted(path.name for path in self.models.iterdir())

    def verbs(self) -> dict[str, Verb]:
        ledger = self.check_ledger
        refresh = background_refresh.refresh_in_background
        change = self.reset_and_change
        return {
            "index": Verb(self.cli("index", "."), change, ledger, self.memory),
            "watch": Verb(self.cli("watch", "--once", "."), change, ledger, self.memory),
            "gc": Verb(
                self.cli("gc", "--days", "0"),
                self.reset,
                self.check_turns_and_live_notes,
                self.memory_and_ids,
            ),
            "pull": Verb(self.pull, self.no_models, self.check_models, self.model_files),
            "hook install": Verb(
                self.cli("hook", "install", "."), self.write_hook, self.check_hook, self.hook_files
            ),
            "hook uninstall": Verb(
                self.cli("hook", "uninstall", "."),
                self.install_hook,
                self.check_hook,
                self.hook_files,
            ),
            "refresh": Verb(lambda: refresh(self.repo), change, ledger, self.memory),
            "memory diff": Verb(
                self.cli("memory", "diff", *self.commits), self.reset, ledger, self.output_text
            ),
        }

    def points(self, verb: Verb) -> tuple[Points, object]:
        """Every call of an undisturbed run that changes a file, and how the run ends."""
        verb.prepare()
        log = self.folder / "calls"
        code = self.forked(verb.run, ["-o", str(log), "-e", f"trace={CALLS}"])
        assert code == 0, self.output.read_text()
        return _points(log.read_text("utf-8", "replace")), verb.outcome()

    def kill(self, verb: Verb, point: tuple[str, int], expected: object) -> bool:
        """Whether the process was killed; AssertionError where something was lost."""
        call, when = point
        verb.prepare()
        inject = f"inject={call}:signal=KILL:when={when}"
        options = ["-o", os.devnull, "-e", f"trace={call}", "-e", inject]
        code = self.forked(verb.run, options)
        verb.check_killed()
        self.calm(verb.run)
        verb.check_killed()
        assert verb.outcome() == expected
        return code == -signal.SIGKILL


def _points(log: str) -> Points:
    counts: Counter[str] = Counter()
    points: Points = []
    main = log.split(" ", 1)[0]
    for line in log.splitlines():
        called = re.match(r"(\d+) +([a-z0-9]+)\((.*)", line)
        if called is None or called[1] != main:
            continue
        name, arguments = called[2], called[3]
        counts[name] += 1
        reads = name == "openat" and not re.search(r"O_CREAT|O_WRONLY|O_RDWR", arguments)
        if not reads and not re.match(r"[12],", arguments):
            points.append((name, counts[name]))
    return points


def _scripted(*_: object, **__: object) -> workspace.Model:
    return workspace.Model("scripted-1", "scripted", ScriptedEngine)


def _serve() -> tuple[str, int]:
    """The address of a server of the model, and its process."""
    reads, writes = os.pipe()
    process = os.fork()
    if process == 0:
        os.write(writes, Server(MODEL).url.encode())
        signal.pause()
    return os.read(reads, 200).decode(), process


def run(bench: Bench, runs: int, seed: int, log: Path) -> int:
    """Make the runs that are not in the log; return how many of them lost something."""
    rows = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    done = {row["run"] for row in rows if row["seed"] == seed}
    bench.build()
    verbs = bench.verbs()
    prepared = {name: bench.points(verb) for name, verb in verbs.items()}
    _say(f"points: { {name: len(points) for name, (points, _) in prepared.items()} }")

    failures = 0
    for number in range(runs):
        if number in done:
            continue
        name = list(verbs)[number % len(verbs)]
        points, expected = prepared[name]
        point = random.Random(f"{seed} {number}").choice(points)
        error = ""
        killed = False
        try:
            killed = bench.kill(verbs[name], point, expected)
        except Exception as exc:  # noqa: BLE001  one run's failure is a line of the log
            error = f"{type(exc).__name__}: {exc}"[:2000]
            failures += 1
        row = {
            "seed": seed, "run": number, "verb": name, "call": point[0], "when": point[1],
            "killed": killed, "error": error,
        }  # fmt: skip
        with log.open("a") as file:
            file.write(json.dumps(row) + "\n")
        if error:
            _say(str(row))
    return failures


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Run from the command line; exit code 1 where something was lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path, default=Path("kill_runs.jsonl"))
    parser.add_argument("--folder", type=Path, required=True, help="where to work; emptied")
    arguments = parser.parse_args()

    for name in IMPORTED:
        importlib.import_module(name)
    for module in (workspace, index_command, watch, importlib.import_module("repo_mhm.cli.index")):
        if hasattr(module, "choose_model"):
            module.choose_model = _scripted
    # A refresh steps back behind all else; here it is waited for.
    os.nice = lambda _: 0
    bench = Bench(arguments.folder.resolve())
    hook._program = lambda: bench.program
    bench.url, server = _serve()
    try:
        failures = run(bench, arguments.runs, arguments.seed, arguments.log.resolve())
    finally:
        os.kill(server, signal.SIGKILL)
    rows = [json.loads(line) for line in arguments.log.read_text().splitlines()]
    killed = Counter(row["verb"] for row in rows if row["killed"])
    lost = sum(bool(row["error"]) for row in rows)
    _say(f"{killed.total()} kills: {dict(killed)}; {len(rows)} runs, {lost} lost something")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
