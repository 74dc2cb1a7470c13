"""Opens model files, each in a fork of this process, as `probe_process` opens one.

Loading llama.cpp takes longer than opening a small file, so it is loaded once, before any fork.
Reads paths from stdin, and writes for each `fine`, `refused`, or the name of the signal that ended
the fork.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from repo_mhm.engine.llama_library import library
from repo_mhm.engine.open_llama import LlamaOptions
from repo_mhm.engine.probe_process import limit_resources, try_model

OPTIONS = LlamaOptions(
    context=256, concurrent_prompts=1, threads=1, gpu_layers=0, repack=False, is_known=True
)


def outcome(path: Path) -> str:
    """What became of a fork that opened the file."""
    child = os.fork()
    if not child:
        limit_resources(path)
        os._exit(1 if try_model(path, OPTIONS)["problem"] else 0)

    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return signal.Signals(-status).name if status < 0 else ("fine", "refused")[status]


def main() -> None:
    """Answer each path with one line."""
    import repo_mhm.engine.sampler
    import repo_mhm.engine.template  # noqa: F401

    library()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    os.dup2(sys.stdout.fileno(), sys.stderr.fileno())
    for line in sys.stdin:
        answers.write(outcome(Path(line.rstrip("\n"))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
