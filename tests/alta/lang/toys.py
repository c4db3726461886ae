"""Small programs that the tests of the language, the interpreter and the compiler share."""

import alta


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
