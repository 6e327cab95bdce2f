"""The line of a magic: its words, and a header that goes on."""

from __future__ import annotations

from notebook_automation.magics.options import Options, split_header, words_of


def test_a_header_goes_on_after_a_backslash_and_line_numbers_stay() -> None:
    line, cell = split_header("orders \\", "  --webhook \\\n  --sync\nx = 1\n")
    assert words_of(line) == ["orders", "--webhook", "--sync"]
    assert cell == "#\n#\n#\nx = 1\n"
    assert words_of(split_header("orders --webhook \\", "")[0]) == ["orders", "--webhook"]
    assert split_header("orders", "x") == ("orders", "#\nx")


def test_an_option_knows_the_values_that_it_takes() -> None:
    options = Options("%x", example="%x", description="")
    options.add_argument("kind", choices=("a", "b"))
    options.add_argument("--report", choices=("html",))
    options.add_argument("--name")
    assert options.choices_of("") == ("a", "b")
    assert options.choices_of("--report") == ("html",)
    assert options.choices_of("--name") == options.choices_of("--absent") == ()
