"""The evaluator's environment: which variables there are, CEL's standard extensions, arithmetic of mixed numbers."""

from __future__ import annotations

import math
import operator
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from typing import Any

from notebook_automation.domain.errors import Invalid

from .expansion import OF_OBJECTS, OF_PAIRS, object_of_objects, object_of_pairs

Names = tuple[str, ...]

EXTENSIONS = ("strings", "encoders", "math", "lists", "sets", "bindings", "optional", "two-var-comprehensions")
"""The extensions of https://github.com/google/cel-go/tree/master/ext that other products declare as well."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*\Z")
_KEPT = 32
_environments: OrderedDict[Names, Any] = OrderedDict()
_environments_lock = threading.Lock()


def environment(names: Names) -> Any:
    """Return the evaluator's environment in which ``names`` are variables of any type.

    Raises Invalid for what is no name of a variable.
    """
    for name in names:
        if not _NAME.match(name):
            raise Invalid(f"{name!r} cannot be a variable of an expression: use letters, digits and _")
    with _environments_lock:
        env = _environments.get(names)
        if env is None:
            env = _environments[names] = new_environment(names)
            while len(_environments) > _KEPT:
                _environments.popitem(last=False)
        _environments.move_to_end(names)
        return env


def new_environment(names: Names, container: str = "") -> Any:
    """Return an environment of its own, whose names are looked up in ``container`` as well.

    Any name is taken for a variable, as the specification's own cases have them.
    """
    cel = _types()
    config = cel.NewEnvConfigFromYaml("extensions:\n" + "".join(f"- name: {name}\n" for name in EXTENSIONS))
    variables = dict.fromkeys(names, cel.Type.DYN)
    return cel.NewEnv(
        config=config, variables=variables, extensions=[_mixed_numbers(), _objects()], container=container
    )


@cache
def _types() -> Any:
    # Twenty milliseconds to import, so not before the first filter.
    from cel_expr_python import cel

    return cel


@cache
def _mixed_numbers() -> Any:
    """Operators for an integer with a double, and rounding of integers: JSON has but one kind of number.

    The specification compares the two and leaves out calculating with both; ``total * 1.19`` then depends on whether
    the sender wrote 10 or 10.5.
    """
    cel = _types()
    int_, double = cel.Type.INT, cel.Type.DOUBLE
    pairs = ((int_, double), (double, int_))
    operators: dict[str, tuple[str, Callable[[Any, Any], float], tuple[Any, ...]]] = {
        "_+_": ("add", operator.add, pairs),
        "_-_": ("subtract", operator.sub, pairs),
        "_*_": ("multiply", operator.mul, pairs),
        "_/_": ("divide", _quotient, pairs),
        "_%_": ("modulo", math.fmod, pairs),
    }
    functions = [
        cel.FunctionDecl(name, [_overload(verb, double, pair, function) for pair in combinations])
        for name, (verb, function, combinations) in operators.items()
    ]
    functions += [
        cel.FunctionDecl(f"math.{name}", [_overload(f"math_{name}", int_, (int_,), int)])
        for name in ("ceil", "floor", "round", "trunc")
    ]
    return cel.CelExtension("mixed_numbers", functions)


@cache
def _objects() -> Any:
    """The functions with which ``expansion`` replaces macros that the evaluator's build has only half."""
    cel = _types()
    any_object = cel.Type.Map(cel.Type.DYN, cel.Type.DYN)
    functions = [
        cel.FunctionDecl(name, [cel.Overload(name, return_type=any_object, parameters=[cel.Type.DYN], impl=function)])
        for name, function in ((OF_PAIRS, object_of_pairs), (OF_OBJECTS, object_of_objects))
    ]
    return cel.CelExtension("objects", functions)


def _overload(verb: str, gives: Any, parameters: tuple[Any, ...], function: Callable[..., Any]) -> Any:
    name = "_".join([verb, *(kind.name().lower() for kind in parameters), "mixed"])
    return _types().Overload(name, return_type=gives, parameters=list(parameters), impl=function)


def _quotient(left: float, right: float) -> float:
    """Return the quotient as doubles have it: infinite, or no number, where the divisor is zero."""
    if right:
        return left / right
    return math.nan if not left or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)
