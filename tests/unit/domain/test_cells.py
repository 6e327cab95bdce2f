"""Handlers are found and registrations left out by the text of a cell alone."""

from __future__ import annotations

import pytest

from notebook_automation.domain.cells import strip_magics, trigger_cell


def test_a_trigger_cell_is_a_name_options_and_a_body_whose_lines_keep_their_numbers() -> None:
    cell = trigger_cell("%%trigger orders --webhook --filter 'data.method == \"POST\"'\nx = 1\nprint(x)\n")
    assert cell is not None
    assert (cell.name, cell.line) == ("orders", "--webhook --filter 'data.method == \"POST\"'")
    assert cell.body == "# %%trigger orders --webhook --filter 'data.method == \"POST\"'\nx = 1\nprint(x)\n"


def test_a_header_goes_on_after_a_backslash() -> None:
    cell = trigger_cell("\n%%trigger orders \\\n    --webhook \\\n    --sync\nx = 1")
    assert cell is not None
    assert (cell.name, cell.line) == ("orders", "--webhook --sync")
    assert cell.body == "\n# %%trigger orders \\\n#     --webhook \\\n#     --sync\nx = 1"


@pytest.mark.parametrize(
    "source",
    ["", "\n\n", "x = 1", "%%triggers a", "%trigger a", "x\n%%trigger a", "# %%trigger a", "%%triggera", "%%time\nx"],
)
def test_other_cells_are_no_handlers(source: str) -> None:
    assert trigger_cell(source) is None


def test_a_cell_that_names_no_handler_has_an_empty_name() -> None:
    for source in ("%%trigger", "%%trigger   ", "%%trigger --webhook"):
        cell = trigger_cell(source)
        assert cell is not None
        assert cell.name == ""


def test_stripping_keeps_line_numbers_and_everything_else() -> None:
    source = "import os\n%trigger nightly \\\n  --cron '0 6 * * *'\nprint(os.sep)\n"
    stripped = strip_magics(source)
    assert stripped == "import os\n# %trigger nightly \\\n#   --cron '0 6 * * *'\nprint(os.sep)\n"
    compile(stripped, "cell", "exec")


def test_stripping_leaves_other_magics_and_strings_alone() -> None:
    for source in (
        "%load_ext notebook_automation\n%matplotlib inline\n",
        "text = '''\n%trigger not a magic\n'''\n",
        'text = f"""\n%trigger not a magic\n"""\n',
        "x = 7\nx = x %triggered\n",
    ):
        assert strip_magics(source) == source


def test_stripping_tells_magics_from_strings_in_one_cell() -> None:
    source = "text = '''\n%trigger in text\n'''\n%trigger nightly --manual\n"
    assert strip_magics(source) == "text = '''\n%trigger in text\n'''\n# %trigger nightly --manual\n"


def test_a_block_of_nothing_but_a_magic_stays_a_block() -> None:
    stripped = strip_magics("if True:\n    %trigger nightly \\\n      --manual\nprint(1)\n")
    compile(stripped, "cell", "exec")
    assert stripped.count("\n") == 4


def test_the_header_of_a_handler_and_a_whole_manifest_become_comments() -> None:
    assert strip_magics("%%trigger a --webhook\nx = 1") == "# %%trigger a --webhook\nx = 1"
    assert strip_magics("%%automation --yes\nname: a\n\ntriggers: []") == (
        "# %%automation --yes\n# name: a\n\n# triggers: []"
    )
    assert strip_magics("%automation list\nx = 1") == "# %automation list\nx = 1"


def test_another_magic_that_is_no_python_does_not_stop_the_stripping() -> None:
    assert strip_magics("!ls 'foo\n%trigger a --manual\nx = 1") == "!ls 'foo\n# %trigger a --manual\nx = 1"
