"""Models that lack something work all the same, and say what they lack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_mhm.engine.capabilities import ModelCapabilities, ServerCapabilities
from repo_mhm.engine.llama_engine import LlamaEngine
from repo_mhm.engine.open_llama import LlamaOptions, open_llama
from repo_mhm.engine.probe import probe
from repo_mhm.engine.types import Contrast, Prompt, Slot, Turn
from tests.engine.small_model import hybrid_model, recurrent_model, small_model

MODELS = {"attention": small_model, "recurrent": recurrent_model, "hybrid": hybrid_model}
CANNOT_BE_CUT = "cannot be cut"


def opened(path: Path, prompts: int) -> LlamaEngine:
    options = LlamaOptions(
        context=512, concurrent_prompts=prompts, threads=1, gpu_layers=0, batch=16, repack=False
    )
    return open_llama(path, options)


@pytest.fixture(params=MODELS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"{request.param}.gguf"
    path.write_bytes(MODELS[request.param]())
    return path


@pytest.fixture
def engine(path: Path) -> Iterator[LlamaEngine]:
    with opened(path, 4) as engine:
        yield engine


def lines(text: str) -> Prompt:
    return Prompt("Be brief.", text, (Slot("- a:", 12, "n"), Slot("\n- b:", 12, "")))


def answer(engine: LlamaEngine, text: str, history: tuple[Turn, ...] = ()) -> str:
    return "".join(engine.stream(Prompt("Be brief.", text, (Slot("", 9, ""),), history)))


@pytest.mark.model
def test_what_a_model_lacks_is_said(engine: LlamaEngine, path: Path) -> None:
    limits = " ".join(engine.info.limits)
    assert (CANNOT_BE_CUT in limits) == (path.stem != "attention")
    assert "trained for 2,048" in limits
    assert "fill-in" in limits


@pytest.mark.model
def test_side_by_side_and_alone_the_replies_are_the_same(engine: LlamaEngine, path: Path) -> None:
    prompts = [lines(f"the {word} that") for word in ("first", "second", "third", "last")]
    tickets = [engine.submit(prompt) for prompt in prompts]
    together = dict(engine.wait() for _ in tickets)
    with opened(path, 1) as alone:
        for ticket, prompt in zip(tickets, prompts, strict=True):
            alone.submit(prompt)
            assert alone.wait()[1].texts == together[ticket].texts


@pytest.mark.model
def test_an_interrupt_and_a_follow_up_change_no_answer(engine: LlamaEngine, path: Path) -> None:
    first = answer(engine, "what is it?")
    history = (Turn("what is it?", first),)
    followed = answer(engine, "why?", history)

    engine.submit(lines("an interrupted text"))
    engine.interrupt()
    with pytest.raises(KeyboardInterrupt):
        engine.wait()
    interrupted = engine.wait()[1].texts

    with opened(path, 1) as fresh:
        assert answer(fresh, "why?", history) == followed
        fresh.submit(lines("an interrupted text"))
        assert fresh.wait()[1].texts == interrupted


@pytest.mark.model
def test_texts_are_weighed_alike_in_any_order(engine: LlamaEngine) -> None:
    prompt = Prompt("Be brief.", "which file?", (Slot("file ", 9),))
    texts = ["the one", "another", "the"]
    forward = engine.log_likelihoods(prompt, texts)
    assert engine.log_likelihoods(prompt, texts[::-1])[::-1] == pytest.approx(forward, abs=1e-3)
    contrast = Contrast("a text that ", " here", "stands", "stood")
    assert engine.weigh(contrast) == engine.weigh(contrast)


@pytest.mark.model
def test_a_saved_state_gives_the_same_answer(
    engine: LlamaEngine, path: Path, tmp_path: Path
) -> None:
    engine.save_state("Be brief.", tmp_path / "state.kv")
    expected = answer(engine, "what is it?")
    with opened(path, 4) as other:
        # Another name for the weights would be another state: both are the same file.
        assert other.load_state("Be brief.", tmp_path / "state.kv")
        assert answer(other, "what is it?") == expected


@pytest.mark.model
@pytest.mark.slow
def test_the_process_that_tries_a_model_tells_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "hybrid.gguf"
    path.write_bytes(hybrid_model())
    assert any(CANNOT_BE_CUT in limit for limit in probe(path, 0))


def test_a_model_and_a_server_that_lack_nothing_say_nothing() -> None:
    assert not ModelCapabilities(32768, rolls_back=True, fills_in=True).limits(3072)
    assert not ServerCapabilities(forces_leads=True, counts=True, thinks=False).limits()
    assert len(ServerCapabilities(forces_leads=False, counts=False, thinks=True).limits()) == 3
