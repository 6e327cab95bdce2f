"""What a command asks, and what it says where nobody answers."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from notebook_automation.cli.questions import confirm
from notebook_automation.domain.errors import Invalid


@click.command()
def asks() -> None:
    confirm("Delete it?", "delete")
    click.echo("Deleted.")


@pytest.mark.parametrize(("typed", "code", "said"), [("y\n", 0, "Deleted."), ("n\n", 1, "Aborted")])
def test_an_answer_is_taken(typed: str, code: int, said: str) -> None:
    result = CliRunner().invoke(asks, input=typed)
    assert result.exit_code == code
    assert said in result.output


def test_where_nobody_can_answer_it_says_how_to_do_without() -> None:
    result = CliRunner().invoke(asks, input="")
    assert isinstance(result.exception, Invalid)
    assert "Nothing was changed" in str(result.exception)
    assert "--yes to delete" in str(result.exception)
