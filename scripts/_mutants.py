"""The mutants of a module: one operator or number changed at a time, by the operators of Cosmic Ray."""

import ast
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

BINARY = {  # an operator -> what it becomes
    **{"Add": "Sub", "Sub": "Add", "Mul": "Add", "Div": "Mul", "FloorDiv": "Mul", "Mod": "FloorDiv", "Pow": "Mul"},
    **{"RShift": "LShift", "LShift": "RShift", "BitOr": "BitAnd", "BitAnd": "BitOr", "BitXor": "BitAnd"},
}
COMPARED = {  # an operator -> the same with another end, and its contrary
    **{"Lt": ("LtE", "GtE"), "LtE": ("Lt", "Gt"), "Gt": ("GtE", "LtE"), "GtE": ("Gt", "Lt")},
    **{"Eq": ("NotEq",), "NotEq": ("Eq",), "Is": ("IsNot",), "IsNot": ("Is",)},
}
OTHERS = (
    *(
        "AddNot",
        "ReplaceTrueWithFalse",
        "ReplaceFalseWithTrue",
        "ReplaceAndWithOr",
        "ReplaceOrWithAnd",
        "RemoveDecorator",
    ),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "NumberReplacer", "ZeroIterationForLoop"),
    *("ReplaceUnaryOperator_Delete_USub", "ReplaceUnaryOperator_Delete_Invert", "ReplaceUnaryOperator_Delete_Not"),
)
OPERATORS = (
    *(f"ReplaceBinaryOperator_{a}_{b}" for a, b in BINARY.items()),
    *(f"ReplaceComparisonOperator_{a}_{b}" for a, ends in COMPARED.items() for b in ends),
    *OTHERS,
)


class Mutant(NamedTuple):
    """A changed module: what it is called in the results and in mutants.toml, and its text."""

    name: str
    text: str


def mutants_of(text: str) -> Iterator[Mutant]:
    """All mutants of a module that are other programs: annotations are not evaluated, so that they do not count."""
    seen: Counter[str] = Counter()
    program = meaning(text)
    for operator in OPERATORS:
        for occurrence in count():
            changed = mutate_code(text, get_operator(f"core/{operator}")(), occurrence)
            if changed is None:
                break
            if meaning(changed) in (program, None):
                continue
            name = change(text, changed)
            seen[name] += 1
            yield Mutant(name if seen[name] == 1 else f"{name} ({seen[name]})", changed)


def change(text: str, changed: str) -> str:
    """The first changed line without its comment, and what changed in it: `a {+ => -} b`."""
    pairs = zip(text.splitlines(), changed.splitlines(), strict=False)
    was, becomes = next((a, b) for a, b in pairs if a != b)
    if len(text.splitlines()) != len(changed.splitlines()):
        return f"a decorator removed from {becomes.strip()}"
    was, becomes = was.strip().partition("  #")[0], becomes.strip().partition("  #")[0]
    start = same_letters(was, becomes)
    end = same_letters(was[start:][::-1], becomes[start:][::-1])
    old, new = was[start : len(was) - end], becomes[start : len(becomes) - end]
    return f"{was[:start]}{{{old.strip()} => {new.strip()}}}{was[len(was) - end :]}"


def same_letters(text: str, other: str) -> int:
    """How many letters of two texts are the same from the first on."""
    return next((i for i, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), min(len(text), len(other)))


def meaning(text: str) -> str | None:
    """The program without its annotations; None if it is none."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign):
            node.annotation = ast.Constant(0)
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.dump(tree)
