"""Questions in other languages: their function words say nothing, names in them do."""

from __future__ import annotations

from pathlib import Path

import pytest

from repo_mhm.git import open_snapshot
from repo_mhm.memory.refresh import refresh
from repo_mhm.retrieval.human_language import language_of
from repo_mhm.retrieval.query import STOP_WORDS, parse_question
from repo_mhm.retrieval.ranking import rank_files
from repo_mhm.retrieval.search import search
from repo_mhm.store import open_store
from tests.conftest import MakeRepo

FILES = {
    "src/order.py": (
        '"""订单模块"""\n\n\ndef 计算总价(数据):\n    """计算订单的总价，包含运费。"""\n'
        "    return sum(数据)\n\n\n"
        'def discount(order, code):\n    """优惠券过期则抛出异常。"""\n    return order\n'
    ),
    "src/счёт.py": (
        'class Счёт:\n    """Счёт клиента."""\n\n    def списать(self, сумма):\n'
        '        """Списывает сумму со счёта."""\n        self.остаток -= сумма\n'
    ),
    "src/coupon.ts": "// クーポンの有効期限を確認する\nexport function check(date: Date) {}\n",
    "src/cuenta.py": 'def cerrar(cuenta):\n    """Cierra la cuenta del cliente."""\n',
    "src/misc.py": 'def slugify(text):\n    """Turn a title into a slug."""\n    return text\n',
    **{f"src/f{number}.py": f"def filler_{number}(a):\n    return a\n" for number in range(9)},
}


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("优惠券过期怎么办？", "src/order.py"),
        ("订单总价怎么计算", "src/order.py"),
        ("slugify函数是做什么的？", "src/misc.py"),
        ("クーポンの期限が切れたらどうなりますか", "src/coupon.ts"),
        ("slugifyは何をしますか？", "src/misc.py"),
        ("slugify는 무엇을 하나요?", "src/misc.py"),
        ("Что делает slugify?", "src/misc.py"),
        ("Как списываются суммы со счетов?", "src/счёт.py"),
        ("¿Qué hace slugify?", "src/misc.py"),
        ("¿Cómo se cierra una cuenta?", "src/cuenta.py"),
        ("was macht slugify?", "src/misc.py"),
        ("que fait slugify ?", "src/misc.py"),
        ("slugify ne yapar?", "src/misc.py"),
        ("ما هي slugify؟", "src/misc.py"),
    ],
)
def test_the_file_is_found_in_any_language(
    make_repo: MakeRepo, tmp_path: Path, question: str, path: str
) -> None:
    repo = make_repo(FILES)
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        result = search(store, question)
    assert result.answerable
    assert rank_files(result.ranked)[0] == path


@pytest.mark.parametrize("question", ["火星气候在哪里？", "Где квантовый компьютер?"])
def test_what_no_word_speaks_for_is_not_answered(
    make_repo: MakeRepo, tmp_path: Path, question: str
) -> None:
    repo = make_repo(FILES)
    with open_store(tmp_path / "state") as store:
        refresh(store, open_snapshot(repo.root), heads=2)
        assert not search(store, question).answerable


@pytest.mark.parametrize(
    "question",
    [
        "how are sessions closed?",
        "who calls close",
        "parse cookies",
        "what does the date mean",
        "die when the session is dead",
        "why doesn’t the session die — it is “dead” 😀",
    ],
)
def test_english_keeps_its_words(question: str) -> None:
    assert not language_of(question, STOP_WORDS).function_words


def test_a_query_of_function_words_alone_keeps_them() -> None:
    assert parse_question("sin tan").terms == ("sin", "tan")


def test_names_are_parted_from_the_words_around_them() -> None:
    query = parse_question("slugify函数和 no_proxy 是做什么的？")
    assert query.names == ("no_proxy",)
    assert "slugify" in query.terms
    assert "slugify" in query.possible_names
    assert query.is_foreign
    assert "什么" not in query.terms
    assert not parse_question("how does slugify handle 优惠券 in titles?").is_foreign


@pytest.mark.parametrize("query", ["sin cos tan", "de la", "con ram rom", "als dan", "die log"])
def test_a_few_bare_words_may_be_names_and_are_all_searched_for(query: str) -> None:
    assert parse_question(query).terms == tuple(query.split())


def test_a_short_question_with_its_mark_is_a_sentence() -> None:
    assert parse_question("was macht slugify?").terms == ("slugify",)
