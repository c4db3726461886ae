"""Small random MLP functions, and what a program with their rules does in every local state."""

import itertools
import linecache
import random

import alta
from alta.errors import ExecutionError
from alta.interp.step import transition
from alta.lang.build import build
from alta.lang.heads import domains_of
from alta.lang.values import UNDEFINED

VARIABLES = {
    "x": alta.input_var(3),
    "y": alta.var(3),
    "n": alta.numeric_var([0, 1]),
    "s": alta.set_var(2, [{0}, {0, 1}], default={0}),
}
HEADS = {
    "left": alta.v_relative("x", -1),
    "right": alta.v_relative("y", 1),
    "mean": alta.qkv("x", "y", "n", output_spec=alta.numeric_var([0, 1])),
}
DOMAINS = domains_of(VARIABLES, HEADS)
LOCALS = [
    dict(zip(DOMAINS, values, strict=True))
    for values in itertools.product(
        *[
            (*domain.contents, *([UNDEFINED] if name in HEADS else []))
            for name, domain in DOMAINS.items()
        ]
    )
]


def program_of(rules, extra=()):
    """Builds a program around rules, with some variables more."""
    return build(
        variables={**VARIABLES, **dict(extra)},
        heads=HEADS,
        mlp=rules,
        output_name="y",
        input_range=3,
    )


def after(program, local, names=VARIABLES):
    """Returns what some variables of one position become, or the kind of error."""
    try:
        state = transition(program, local)
    except ExecutionError as error:
        return type(error)
    return {name: state[name] for name in names}


def value_of(name, read):
    """Returns something that a variable may be assigned, from what was read."""
    if name == "s":
        return {0, int(read == 1)}
    return read * 0.5 if name == "n" else int(read)


def random_function(seed):
    """Returns the source of a random function that forks, reads in vain, and overwrites."""
    random_ = random.Random(seed)
    lines = ["def function(z):", "    t = 0"]

    def block(depth, indent):
        for _ in range(random_.randint(1, 3)):
            read = f'z["{random_.choice([name for name in DOMAINS if name != "s"])}"]'
            target = random_.choice(list(VARIABLES))
            source = random_.choice([read, str(random_.randint(0, 2)), "t", f"({read} + t) % 3"])
            match random_.choice(["if", "if", "write", "write", "write", "read", "keep", "set"]):
                case "if" if depth:
                    lines.append(f"{indent}if {read} == {random_.randint(0, 2)}:")
                    block(depth - 1, indent + "    ")
                    if random_.random() < 0.5:
                        lines.append(f"{indent}else:")
                        block(depth - 1, indent + "    ")
                case "read":
                    lines.append(f"{indent}{read}")
                case "keep":
                    lines.append(f"{indent}t = {source}")
                case "set":
                    lines.append(f'{indent}t = len(z["s"])')
                case _:
                    lines.append(f'{indent}z["{target}"] = value_of("{target}", {source})')

    block(2, "    ")
    return "\n".join(lines) + "\n"


def compiled(source, name="function", **scope):
    """Runs a source whose lines Python can look up, as it can those of a file."""
    filename = f"<{name} {abs(hash(source))}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec", dont_inherit=True), scope)
    return scope[name]
