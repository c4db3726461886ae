"""Programs as people wrote them for the published API: only the import is ours."""

import alta as pb

START = 2
DONE = 1


def carry_the_mark(max_length=6, dynamic_halting=False, generate_rules=True):
    """Everything behind the first 1 becomes 1, one position a layer, by absolute positions."""
    variables = {
        "mark": pb.input_var(var_range=2),
        "place": pb.position_var(var_range=max_length),
        "before": pb.position_var(max_length, init_fn=lambda x: max(0, x - 1)),
        "step": pb.var(var_range=max_length),
        "done": pb.var(2, default=0),
    }
    heads = {"mark_before": pb.qkv("before", "place", "mark", frozenset({-1, 0}))}

    def ffn_fn(z):
        if z["done"] != DONE:
            z["mark"] = z["mark"] | z["mark_before"]
            z["step"] = min(z["step"] + 1, max_length - 1)
            if z["step"] == max_length - 1:
                z["done"] = DONE

    return pb.program_spec(
        variables=variables,
        heads=heads,
        ffn_fn=ffn_fn,
        output_name="mark",
        input_range=2,
        position_range=max_length,
        halt=pb.halt_spec("done", halt_value=DONE) if dynamic_halting else None,
        generate_rules=generate_rules,
    )


def count_the_ones(max_length=6):
    """Counts the ones by the inverse of a mean, as rules; a token 2 comes last."""
    variables = {
        "ones": pb.var(max_length + 1),
        "last": pb.numeric_var(input_init_fn=lambda x: float(x == START), values=(0, 1)),
        "counted": pb.input_var(2, init_fn=lambda x: x in {1, START}),
        "query": pb.var(2, default=1),
    }
    points = tuple(sorted([1 / x for x in range(1, max_length + 2)]))
    heads = {
        "inverse": pb.qkv("query", "counted", "last", output_spec=pb.numeric_var(values=points))
    }
    x = pb.MLPBuilder(variables, heads)
    for inverse in x.get("inverse"):
        x.set("ones", round(1 / inverse) - 1)
    return pb.program_spec_from_rules(
        variables=variables,
        heads=heads,
        rules=x.rules,
        output_name="ones",
        input_range=3,
        position_range=None,
    )


PARTNER = {0: 3, 1: 2, 2: 1}


def translate(inputs=None):
    """Each letter becomes its partner; the last of the four has none."""
    variables = {"letter": pb.input_var(4), "partner": pb.var(4), "step": pb.var(2)}
    x = pb.MLPBuilder(variables, {})
    for step in x.get("step"):
        if step == 0:
            for letter in x.get("letter"):
                x.set("partner", PARTNER.get(letter))
            x.set("step", 1)
    options = {} if inputs is None else {"inputs": inputs}
    return pb.program_spec_from_rules(
        variables=variables,
        heads={},
        rules=x.rules,
        output_name="partner",
        input_range=4,
        halt=pb.halt_spec("step"),
        **options,
    )


def reads_what_is_not_above(size=3):
    """Gives the share of positions whose token is not above this one; a set is the query."""

    def below(token):
        return frozenset(range(token + 1))

    variables = {
        "token": pb.input_var(size),
        "asked": pb.set_var(
            range=size,
            values=frozenset(below(token) for token in range(size)),
            input_init_fn=below,
        ),
        "first": pb.numeric_var(position_init_fn=lambda x: float(x == 0)),
        "alone": pb.var(2),
    }
    heads = {"share": pb.qkv("asked", "token", "first", frozenset())}

    def ffn_fn(z):
        z["alone"] = int(z["share"] == 1)

    return pb.program_spec(
        variables=variables,
        heads=heads,
        ffn_fn=ffn_fn,
        output_name="alone",
        input_range=size,
        position_range=4,
        generate_rules=False,
    )


def rises_between(generate_rules=True):
    """Says where the mean of the neighbours is more than a half; a mask is all that selects."""
    variables = {
        "number": pb.numeric_var(input_init_fn=lambda x: x, values=(0, 1)),
        "high": pb.var(2),
    }
    points = pb.numeric_var(values=(0, 0.5, 1))
    mask = frozenset({-1, 1})
    heads: dict[str, pb.AttentionHead] = {
        "mean": pb.qkv(pb.RELATIVE_QK, pb.RELATIVE_QK, "number", mask, points)
    }

    def ffn_fn(z):
        z["high"] = int(z["mean"] > 0.5)

    rules = pb.get_rules_from_ffn_fn(variables, heads, ffn_fn)
    return pb.program_spec_from_rules(variables, heads, rules, "high", 2, None, None)


def follow_the_pointer(size=4):
    """A head reads where another head of the same layer points."""
    variables = {
        "pointer": pb.input_var(size),
        "place": pb.position_var(size),
        "target": pb.var(size),
    }
    heads = {
        "next": pb.qkv("pointer", "place", "pointer"),
        "after_next": pb.qkv("next", "place", "pointer"),
    }

    def ffn_fn(z):
        z["target"] = z["after_next"]

    return pb.program_spec(variables, heads, ffn_fn, "target", size, size, None, False)


def follow_the_pointer_rewritten(size=4):
    """The same with the output stored, as the error says."""
    variables = {
        "pointer": pb.input_var(size),
        "place": pb.position_var(size),
        "target": pb.var(size),
        "next_stored": pb.var(size),
    }
    heads = {
        "next": pb.qkv("pointer", "place", "pointer"),
        "after_next": pb.qkv("next_stored", "place", "pointer"),
    }

    def ffn_fn(z):
        z["next_stored"] = z["next"]
        z["target"] = z["after_next"]

    return pb.program_spec(variables, heads, ffn_fn, "target", size, size, None, False)
