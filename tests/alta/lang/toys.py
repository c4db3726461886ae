"""Small programs that the tests of the language, the interpreter and the compiler share."""

import pytest

import alta
from alta.errors import ProgramError


def toy(rules=(), *, variables=None, heads=None, **options):
    """Builds a program in which x holds the token, 0, 1 or 2, and y starts at 0; one layer."""
    return alta.program_spec_from_rules(
        variables={"x": alta.input_var(3), "y": alta.var(3), **(variables or {})},
        heads=heads or {},
        rules=rules,
        **{"name": "toy", "output_name": "y", "input_range": 3, "layers": 1, **options},
    )


def toy_function(function, *, variables=None, heads=None, **options):
    """Builds the same program around an MLP function."""
    return alta.program_spec(
        variables={"x": alta.input_var(3), "y": alta.var(3), **(variables or {})},
        heads=heads or {},
        ffn_fn=function,
        **{"name": "toy", "output_name": "y", "input_range": 3, "layers": 1, **options},
    )


def copied(source, target="y", values=3):
    """Lists the rules that copy one variable or head output to another."""
    return [alta.rule({source: value}, target, value) for value in range(values)]


def counter(size, **options):
    """Builds a program whose variable y counts the layers, modulo its size."""
    rules = [alta.rule({"y": value}, "y", (value + 1) % size) for value in range(size)]
    return toy(rules, variables={"y": alta.var(size)}, **{"layers": None, **options})


# Rules that fail: each with a token on which they do, and one on which they do not.
CONFLICT = toy([alta.rule({"x": 1}, "y", 1), alta.rule({"x": 1, "y": 0}, "y", 2)], name="conflict")
AGREEING = toy([alta.rule({"x": 1}, "y", 1), alta.rule({"x": 1, "y": 0}, "y", 1)], name="agreeing")
TRAP = toy([alta.rule({"x": 1}, "y", 3)], name="trap")
UNDEFINED_READ = toy(
    [alta.rule({"x": 1, "left": 1}, "y", 1)],
    heads={"left": alta.v_relative("x", -1)},
    name="undefined_read",
)
FAILING = {
    "conflict": (CONFLICT, alta.ConflictError),
    "conflict of rules that agree": (AGREEING, alta.ConflictError),
    "range": (TRAP, alta.RangeError),
    "undefined": (UNDEFINED_READ, alta.UndefinedVariableError),
}

# Names that the text of a program has to quote.
ODD_NAMES = [
    "a b",
    "always",
    "-",
    "x=1 & y",
    "x -> y := 1",
    'he said "no"',
    "back\\slash",
    "line\nbreak",
    "line\u2028break",
    "größe",
    "🎲",
    "\0",
    "0",
    "query",
]


def named(variable, head, token="t"):
    """Builds a program around given names."""
    return alta.program_spec_from_rules(
        name=variable,
        variables={variable: alta.var(2), "other": alta.var(2)},
        heads={head: alta.qkv(variable, "other", variable)},
        rules=[
            alta.rule({variable: 0, head: 1}, variable, 1),
            alta.rule({head: 0, "other": 1}, "other", 0),
        ],
        output_name=variable,
        input_range=1,
        halt=alta.halt_spec(variable),
        vocab=[token],
    )


def case(sentence, build, *fragments):
    """Names a program that is refused, with parts of what the error says."""
    return pytest.param(build, fragments, id=sentence)


def refuses(build, fragments):
    """Checks that a program is refused with these words."""
    with pytest.raises(ProgramError) as caught:
        build()
    for fragment in fragments:
        assert fragment in str(caught.value)


# Programs with every sort of line in their texts.
PROGRAMS = {
    "relative parity": alta.programs.parity_sequential_relative(),
    "absolute parity": alta.programs.parity_sequential_absolute(max_length=7),
    "no rules": toy(),
    "counter": counter(3, halt=alta.halt_spec("y", 2)),
    "heads": toy(
        copied("h"),
        heads={
            "h": alta.qkv("x", "y", "x"),
            "masked": alta.qkv("x", "y", "y", relative_position_mask=[-2, 0, 5]),
            "so_far": alta.qkv("x", "y", "y", relative_position_mask=alta.causal()),
            "earlier": alta.qkv("x", "y", "y", relative_position_mask=alta.before()),
        },
    ),
    "layers by length": toy(layers=lambda n: 2 * n + 1),
    "layers by length with a position range": toy(layers=lambda n: n, position_range=5),
    "a language of one pattern per length": toy(
        inputs=alta.inputs.lengths(lambda n: f"0 1{{{n - 1}}}" if n % 2 else None), position_range=9
    ),
    "a language of listed sequences": toy(
        vocab=("a", "b", "ü"), inputs=alta.inputs.sequences(["a b", "ü", ""])
    ),
    "traps that assign null": toy(
        [alta.rule({"x": 1}, "y", 2), *(alta.rule({"x": 1}, name, None) for name in "yns")],
        variables={"n": alta.numeric_var([0, 1]), "s": alta.set_var(2, [{0}], default={0})},
    ),
    "a table with a default": toy(variables={"v": alta.var(9, default=4)}),
    **{f"failing: {kind}": program for kind, (program, _) in FAILING.items()},
}

SUBSETS = [{1, 2}, {0}, frozenset(), {0}]

# A variable of either other kind.
NUMBERS = {"n": alta.numeric_var([0, 1]), "s": alta.set_var(3, SUBSETS)}
