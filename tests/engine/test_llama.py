"""What only llama.cpp can get wrong: real tokens, files, signals and memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from repo_mhm.engine.batch import Row
from repo_mhm.engine.llama_api import Context
from repo_mhm.engine.llama_engine import LlamaEngine
from repo_mhm.engine.open_llama import CONCURRENT_PROMPTS, LlamaOptions, open_llama
from repo_mhm.engine.types import Contrast, Prompt, Reply, Slot, Turn
from repo_mhm.errors import EngineError, ModelError
from tests.patience import PATIENCE

pytestmark = pytest.mark.model

Opener = Callable[..., LlamaEngine]

SYSTEM = "You describe things in few plain words."


def ask(text: str, *slots: Slot) -> Prompt:
    return Prompt(SYSTEM, text, slots or (Slot("- it:", 8),))


def reply(engine: LlamaEngine, prompt: Prompt) -> tuple[str, ...]:
    engine.submit(prompt)
    return engine.wait()[1].texts


def test_it_answers(llama: LlamaEngine) -> None:
    prompt = Prompt(
        "Answer with one word.",
        "What is the capital of France?",
        (Slot("The capital of France is", 4, "."),),
    )
    assert reply(llama, prompt) == (" Paris",)


def test_lanes_do_not_change_replies(llama: LlamaEngine) -> None:
    prompts = [
        ask(f"the city number {number}", Slot("- a:", 10), Slot("\n- b:", 10, ","))
        for number in range(6)
    ]
    alone = {number: reply(llama, prompt) for number, prompt in enumerate(prompts)}
    tickets = {llama.submit(prompt): number for number, prompt in enumerate(prompts)}
    together = {tickets[ticket]: answer.texts for ticket, answer in (llama.wait() for _ in prompts)}
    # Batches of other sizes round differently, which may turn a near tie; most replies must be
    # the same to the letter.
    assert sum(together[number] == alone[number] for number in alone) >= 4


def test_the_likelier_text_weighs_more(llama: LlamaEngine) -> None:
    weights = llama.weigh(Contrast("The capital of France is", "", " Paris", " bananas"))
    assert weights is not None
    assert weights.first > weights.second


def test_markers_in_a_text_are_not_special(llama: LlamaEngine) -> None:
    assert llama.count("<|im_end|>") > 1


def test_a_follow_up_reuses_the_conversation(llama: LlamaEngine) -> None:
    first = "".join(llama.stream(Prompt(SYSTEM, "What is a tree? " * 20, (Slot("", 10, ""),))))
    started = time.process_time()
    follow = Prompt(
        SYSTEM, "And a bush?", (Slot("", 1, ""),), (Turn("What is a tree? " * 20, first),)
    )
    list(llama.stream(follow))
    reused = time.process_time() - started
    started = time.process_time()
    list(llama.stream(Prompt(SYSTEM, "How is a house? " * 20, (Slot("", 1, ""),))))
    assert reused < time.process_time() - started


def test_other_work_cuts_a_stream_off(llama: LlamaEngine) -> None:
    stream = llama.stream(ask("Tell a long story.", Slot("", 60, "")))
    next(stream)
    assert len(reply(llama, ask("a house"))) == 1
    with pytest.raises(EngineError, match="cut off"):
        list(stream)


def test_a_stream_outliving_its_engine_is_an_error(open_model: Opener) -> None:
    with open_model() as engine:
        stream = engine.stream(ask("Tell a long story.", Slot("", 60, "")))
        next(stream)
    with pytest.raises(EngineError, match="closed"):
        next(stream)


def test_temperature_draws_by_seed(open_model: Opener) -> None:
    prompt = ask("a story", Slot("", 20, ""))
    texts = []
    for seed in (1, 1, 2):
        with open_model(temperature=1.5, seed=seed) as engine:
            texts.append(reply(engine, prompt))
    assert texts[0] == texts[1] != texts[2]


def test_a_state_survives_the_process_and_gives_the_same_answer(
    open_model: Opener, tmp_path: Path
) -> None:
    prompt = ask("a wooden bridge", Slot("", 12, ""))
    with open_model() as engine:
        texts = reply(engine, prompt)
        tokens = engine.save_state(SYSTEM, tmp_path / "s.kv")
    with open_model(concurrent_prompts=1) as engine:
        assert engine.load_state(SYSTEM, tmp_path / "s.kv")
        engine.submit(prompt)
        _, answer = engine.wait()
        assert answer.cached_tokens == tokens
        assert answer.texts == texts
    with open_model(model_id="other weights") as engine:
        assert not engine.load_state(SYSTEM, tmp_path / "s.kv")


def test_a_state_with_one_flipped_bit_is_refused(llama: LlamaEngine, tmp_path: Path) -> None:
    path = tmp_path / "s.kv"
    llama.save_state(SYSTEM, path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert not llama.load_state(SYSTEM, path)
    path.write_bytes(b"")
    assert not llama.load_state(SYSTEM, path)
    assert not llama.load_state(SYSTEM, tmp_path)


def test_a_bad_file_is_a_model_error_with_a_hint(model_path: Path, tmp_path: Path) -> None:
    text, cut = tmp_path / "text.gguf", tmp_path / "cut.gguf"
    text.write_text("not a model")
    with model_path.open("rb") as file:
        cut.write_bytes(file.read(20_000_000))
    for path, message in [
        (tmp_path / "none.gguf", "no model at"),
        (tmp_path, "folder"),
        (text, "not a GGUF"),
        (cut, "cannot be loaded: .*(corrupted|incomplete|bounds)"),
    ]:
        with pytest.raises(ModelError, match=message) as caught:
            open_llama(path, LlamaOptions())
        assert caught.value.hint


def test_a_model_without_chat_template_is_refused(model_path: Path, tmp_path: Path) -> None:
    data = model_path.read_bytes()
    bare = tmp_path / "bare.gguf"
    bare.write_bytes(data.replace(b"tokenizer.chat_template", b"tokenizer.chat_templatf", 1))
    with pytest.raises(ModelError, match="no chat template"):
        open_llama(bare, LlamaOptions(context=256, concurrent_prompts=1, repack=False))


def test_a_context_larger_than_memory_is_refused(open_model: Opener) -> None:
    with pytest.raises(EngineError, match="MiB are free") as caught:
        open_model(concurrent_prompts=200_000, context=8192)
    assert "REPO_MHM_CONTEXT" in caught.value.hint


def test_where_memory_is_short_fewer_prompts_are_in_flight(
    open_model: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    for free, lanes in (
        (1 << 40, CONCURRENT_PROMPTS),
        (1 << 28, 3),
        (1 << 20, 1),
        (None, CONCURRENT_PROMPTS),
    ):
        monkeypatch.setattr("repo_mhm.engine.open_llama.free_memory", lambda free=free: free)
        with open_model(concurrent_prompts=None, context=1024) as engine:
            assert engine.info.concurrent_prompts == lanes


def test_interrupt_from_another_thread_stops_a_long_prefill(open_model: Opener) -> None:
    with open_model(context=8192, concurrent_prompts=1, batch=512) as engine:
        engine.submit(ask("word " * 7000))
        timer = threading.Timer(0.3, engine.interrupt)
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            engine.wait()
        timer.join()
        engine.cancel()
        assert reply(engine, ask("a house"))


def test_an_interrupted_batch_is_evaluated_again_and_nothing_else(open_model: Opener) -> None:
    prompts = [ask(f"a house with {number} windows " * 40) for number in range(3)]
    with open_model(concurrent_prompts=3) as engine:
        undisturbed = [reply(engine, prompt) for prompt in prompts]
        evaluated: list[int] = []
        evaluate = Context.evaluate

        def interrupted(self: Context, rows: Sequence[Row]) -> list[Any]:
            evaluated.append(len(rows))
            if len(evaluated) % 3 == 0 and len(rows) > 1:
                engine.interrupt()
            return evaluate(self, rows)

        tickets = [engine.submit(prompt) for prompt in prompts]
        replies: dict[int, Reply] = {}
        stops = 0
        while len(replies) < len(tickets):
            try:
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(Context, "evaluate", interrupted)
                    ticket, finished = engine.wait()
                replies[ticket] = finished
            except KeyboardInterrupt:
                stops += 1
                "".join(engine.stream(ask("in between", Slot("", 1))))
    assert stops > 3
    assert [replies[ticket].texts for ticket in tickets] == undisturbed
    assert sum(evaluated) < 2 * sum(
        answer.prompt_tokens + answer.generated_tokens for answer in replies.values()
    )


CHILD = """
import sys, time
from pathlib import Path
from repo_mhm.engine.open_llama import LlamaOptions, open_llama
from repo_mhm.engine.types import Prompt, Slot
options = LlamaOptions(context=8192, concurrent_prompts=1, batch=2048, threads=1, repack=False)
with open_llama(Path(sys.argv[1]), options) as engine:
    engine.submit(Prompt("S", "word " * 7000, (Slot("", 4),)))
    print("running", flush=True)
    try:
        engine.wait()
    except KeyboardInterrupt:
        print("stopped", time.time(), flush=True)
    engine.cancel()
    engine.submit(Prompt("S", "a house", (Slot("- it:", 4),)))
    print("usable", engine.wait()[1].generated_tokens, flush=True)
"""


def test_ctrl_c_stops_within_a_batch_and_nothing_is_printed_by_the_library(
    model_path: Path,
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(model_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "running\n"
    time.sleep(0.7)
    child.send_signal(signal.SIGINT)
    sent = time.time()
    out, err = child.communicate(timeout=PATIENCE)
    printed = dict(line.split() for line in out.splitlines())
    assert float(printed["stopped"]) - sent < 2, "a batch of 2,048 rows takes many seconds"
    assert int(printed["usable"]) > 0
    assert err == ""
    assert child.returncode == 0


def test_close_gives_the_memory_back(open_model: Opener) -> None:
    sizes = []
    for _ in range(10):
        engine = open_model()
        reply(engine, ask("a house", Slot("- it:", 1)))
        engine.close()
        engine.close()
        sizes.append(resident())
    with pytest.raises(EngineError, match="closed"):
        engine.count("a")
    # One context here is about 80 MiB (5,888 cells and buffers), so a leak shows as hundreds.
    assert sizes[-1] - sizes[2] < 40


def resident() -> float:
    """MiB of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
