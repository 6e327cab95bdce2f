"""What a `parameters` cell declares, in every form that people write it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from papermill.translators import PythonTranslator

from notebook_automation.adapters.parameters_cell import LONGEST, declared
from notebook_automation.domain.cells import strip_magics
from notebook_automation.domain.parameters import Parameter


def read(source: str) -> dict[str, Parameter]:
    found = declared(source, "python")
    assert found is not None
    return {parameter.name: parameter for parameter in found}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("low, high = 0, 10", {"low": ("integer", 0), "high": ("integer", 10)}),
        ("[low, (a, b)] = 0, (1.5, 'x')", {"low": ("integer", 0), "a": ("number", 1.5), "b": ("string", "x")}),
        ("first, *rest = load()", {"first": ("any", None), "rest": ("any", None)}),
        ("a = b = 3", {"a": ("integer", 3), "b": ("integer", 3)}),
        ("x = 1; y = 'b'", {"x": ("integer", 1), "y": ("string", "b")}),
        ("x = 1\nx = 'later'", {"x": ("string", "later")}),
        ("region: str\nlimit: int = 5", {"region": ("string", None), "limit": ("integer", 5)}),
        ("when: Optional[int] = None", {"when": ("integer", None)}),
        ("when: 'float | None' = None", {"when": ("number", None)}),
        ("when: typing.List[str] = None", {"when": ("array", None)}),
        ("when: date = date.today()", {"when": ("any", None)}),
        ("rows = 5\nif CI:\n    rows = 10", {"rows": ("integer", None)}),
        ("if CI:\n    rows = 10\nelse:\n    rows = 0.5", {"rows": ("number", None)}),
        ("if CI:\n    rows = 10\nelif X:\n    rows = 'all'", {"rows": ("any", None)}),
        ("try:\n a = 1\nexcept E:\n a = 2\nfinally:\n b = 3", {"a": ("integer", None), "b": ("integer", None)}),
        ("with open('x') as f:\n    a = 1", {"a": ("integer", 1)}),
        ("match x:\n  case 1:\n    a = 1", {"a": ("integer", None)}),
        ("for i in x:\n    a = i", {"a": ("any", None)}),
        ("def f():\n    hidden = 1\nclass C:\n    hidden = 1\nx = 1", {"x": ("integer", 1)}),
        ("größe = 1\nﬁle = 2", {"größe": ("integer", 1), "file": ("integer", 2)}),
        ("%config A.b = 'png'\nquery = 'a=b'\nkeep = ['x']", {"query": ("string", "a=b"), "keep": ("array", ["x"])}),
        ("files = !ls\nx = 1\nx?\n!pip install y", {"files": ("any", None), "x": ("integer", 1)}),
        ("if CI:\n    %pip install y\nx = '''\n%matplotlib\n'''", {"x": ("string", "\n%matplotlib\n")}),
        ("x = 1\nthis is no Python\ny: int = 2\n  z = 3\na.b = 4\nq == 5",
         {"x": ("integer", 1), "y": ("integer", 2), "z": ("integer", None)}),
        ("x = '\ud800'\ny = 1", {"x": ("any", None), "y": ("integer", 1)}),
        ("x = 1\0\ny = 2", {"x": ("any", None), "y": ("integer", 2)}),
        ("a.b = 1\na['b'] = 2\nx += 1", {}),
        ("x = 1\r\ny = (1,\r\n 2)\r\n", {"x": ("integer", 1), "y": ("array", [1, 2])}),
        ("x = 1\f\ny = 'ä'; z = 2  # help", {"x": ("integer", 1), "y": ("string", "ä"), "z": ("integer", 2)}),
    ],
)  # fmt: skip
def test_every_form_of_a_parameter_is_seen(source: str, expected: dict[str, tuple[str, Any]]) -> None:
    assert {name: (one.type, one.value) for name, one in read(source).items()} == expected


def test_a_name_without_a_value_has_no_default() -> None:
    found = read("region: str\nlimit = 5\nlimit: int")
    assert (found["region"].has_default, found["region"].annotated) == (False, True)
    assert (found["limit"].has_default, found["limit"].value) == (True, 5)


@pytest.mark.parametrize(
    "source",
    [
        "a = 2",
        "a: int = 2",
        "a = 2 # type:int",
        "a = False # Nice variable a",
        "a: float = 2.258 # Nice variable a",
        "a = 'this is a string' # type: str Nice variable a",
        "a: List[str] = ['this', 'is'] # Nice variable a",
        "a: List[str] = [\n    'this', # First\n    'is', # Second\n] # Nice variable a",
        "a = 2\nb = 'c'  # d\n\n# e\nf: float = 1.5",
    ],
)
def test_what_papermill_reads_is_read_alike(source: str) -> None:
    theirs = PythonTranslator.inspect({"source": source})
    ours = read(source)
    assert [(one.name, one.help) for one in theirs] == [(one.name, one.help) for one in ours.values()]
    for one in theirs:
        mine = ours[one.name]
        assert eval(mine.default) == eval(one.default)


def test_other_languages_are_not_checked_and_those_in_python_are() -> None:
    assert declared("x <- 1", "R", "ir") is None
    assert declared("x = 1", "cobol") is None
    (found,) = declared("x = 1", "scala", "pysparkkernel") or []
    assert found.name == "x"


def big(count: int) -> dict[str, str]:
    return {
        "spaces": "x" + " " * count + "$",
        "spaces in a value": "x = 1" + " " * count + "y",
        "statements": "x=1;" * (count // 4),
        "lines": "x = 1\n" * (count // 6),
        "brackets": "x = " + "[" * count,
        "nesting": "x = " + "-" * count + "1",
        "dots": "x = a" + ".a" * (count // 2),
        "quotes": "%trigger\n" + "'" + "\\'" * (count // 2),
        "triple quotes": "%trigger\n" + '\\"""' * (count // 4) + "\\",
        "questions": "?" * count + "x\n" + "x ?" * (count // 3),
        "equals": "x" + "=" * count,
        "strings": "%trigger\n" + '"""a\n' * (count // 5),
        "comments": "x = 1 #" + " #" * (count // 2),
        "tuple": ",".join(f"a{i}" for i in range(count // 6)) + " = 1",
    }


@pytest.mark.parametrize("kind", big(4))
def test_a_hostile_cell_is_read_at_once(kind: str) -> None:
    """The reading ends: an expression that is quadratic in these takes minutes."""
    for count in (60_000, 3 * LONGEST):
        source = big(count)[kind]
        worker = threading.Thread(
            target=lambda text=source: (declared(text, "python"), strip_magics(text)), daemon=True
        )
        worker.start()
        worker.join(300)
        assert not worker.is_alive()
