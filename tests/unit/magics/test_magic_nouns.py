"""What nouns bring to the magics does not collide, and reaches `%automation` without another list."""

from __future__ import annotations

import shlex

from notebook_automation.magics import (
    automation,
    backfills,
    listings,
    manifests,
    policies,
    sweeps,
    undo,
    variables,
    why,
)
from notebook_automation.magics.nouns import NOUNS


def test_no_two_nouns_bring_the_same_command_plural_or_prefix() -> None:
    commands = [
        *listings.COMMANDS,
        *variables.COMMANDS,
        *manifests.COMMANDS,
        *undo.COMMANDS,
        *why.COMMANDS,
        *backfills.COMMANDS,
        *policies.COMMANDS,
        *sweeps.COMMANDS,
        *(name for noun in NOUNS for name in noun.commands),
    ]
    assert sorted(commands) == sorted(automation.COMMANDS)
    for values in ([noun.plural for noun in NOUNS], [noun.id_prefix for noun in NOUNS if noun.id_prefix]):
        assert len(set(values)) == len(values)


def test_every_noun_can_be_listed_and_triggers_are_what_is_listed_by_default() -> None:
    assert listings.KINDS[0] == "triggers"
    assert set(listings.KINDS) == {noun.plural for noun in NOUNS}
    assert automation.options_of("list").read([]).kind == "triggers"


def test_every_command_has_an_example_that_its_options_understand() -> None:
    for name, command in automation.COMMANDS.items():
        words = shlex.split(command.example)
        assert words[:2] == ["%automation", name]
        assert not automation.options_of(name).read(words[2:]).help
