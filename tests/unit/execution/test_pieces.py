"""Cells are cut where they wait: everything runs once and in order, lines keep their numbers, no output is added."""

from __future__ import annotations

import ast

import pytest

from notebook_automation.execution.pieces import SdkNames, pieces_of

NAMES = SdkNames(modules={"na"}, functions={"nap"})


def cut(source: str) -> list[str]:
    return pieces_of(source, NAMES)


def test_the_names_of_the_sdk_are_those_that_the_imports_make() -> None:
    names = SdkNames.of(
        [
            "import notebook_automation as na, os",
            "if True:\n    from notebook_automation import sleep as nap, step, wait",
            "%load_ext notebook_automation\nimport notebook_automation",
            "import time\nbroken (",
        ]
    )
    assert names == SdkNames(modules={"na", "notebook_automation"}, functions={"nap", "wait"})


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\ny = 2",
        "time.sleep(3)\nasyncio.wait(x)",
        "def f():\n    na.sleep(3)\nf()",
        "%%bash\nna.sleep(3)",
        "a = 1; na.sleep(3)",
        "na.sleep(3",
        "na.signal('x')",
        "waits = [lambda: na.wait('x')]",
    ],
)
def test_a_cell_without_a_wait_at_its_top_is_one_piece(source: str) -> None:
    assert cut(source) == [source]


def test_a_waiting_statement_stands_alone() -> None:
    source = "import x\nt = f()\n@dec\ndef g(): na.wait('a')\nans = na.wait('ok?')\nif ans:\n    nap(3)\nz = g()\nz"
    pieces = cut(source)
    assert [piece.replace("#\n", "") for piece in pieces] == [
        "import x\nt = f()\n@dec\ndef g(): na.wait('a')", "ans = na.wait('ok?')", "if ans:\n    nap(3)", "z = g()\nz",
    ]  # fmt: skip
    # A traceback shows the cell's own numbers.
    assert [ast.parse(piece).body[0].lineno for piece in pieces] == [1, 5, 6, 8]


def test_what_is_no_end_of_the_cell_is_not_shown() -> None:
    assert cut("f()\nna.sleep(3)  # a while\nx") == ["f()\nNone;", "#\nna.sleep(3)  # a while\nNone;", "#\n#\nx"]


def test_comments_and_magics_go_with_what_follows_them_and_nothing_is_lost() -> None:
    source = "# first\n%matplotlib inline\na = 1\n\n# wait now\nna.sleep(3)\n!ls\nb = !ls\n# last"
    assert cut(source) == [
        "# first\n%matplotlib inline\na = 1",
        "#\n#\n#\n\n# wait now\nna.sleep(3)\nNone;",
        "#\n#\n#\n#\n#\n#\n!ls\nb = !ls\n# last",
    ]


def test_a_text_over_several_lines_is_not_taken_apart() -> None:
    assert cut("s = '''\nna.sleep(3)\n'''\nna.sleep(1)\nprint(s)") == [
        "s = '''\nna.sleep(3)\n'''", "#\n#\n#\nna.sleep(1)\nNone;", "#\n#\n#\n#\nprint(s)",
    ]  # fmt: skip
