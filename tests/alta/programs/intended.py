"""Comparing what a program does with what it is meant to do, on every way to run it."""

import alta


def check_intended(program, words, *, singly=50, compiled=20):
    """Checks the answers to inputs of the program's language and returns the runs.

    Args:
        program: a program with an oracle; its runs end by themselves.
        words: the inputs, all run as one batch.
        singly: how many of them, spread evenly, are also run one by one by the interpreter.
        compiled: how many are also run by the compiled model.
    """
    words = [tuple(word) for word in words]
    # Before anything runs: an oracle may know that it would never end.
    answers = [tuple(program.oracle(word)) for word in words]
    runs = alta.run_batch(program, words)
    for word, answer, run in zip(words, answers, runs, strict=True):
        assert program.inputs.contains(word)
        assert run.outputs == answer, (program.name, word)
        assert run.halted or program.halt is None
    for run in spread(runs, singly):
        assert alta.run(program, run.tokens) == run
    if compiled:
        sample = spread(runs, compiled)
        assert alta.compile(program).run_batch([run.tokens for run in sample]) == sample
    return runs


def spread(items, number):
    """Returns at most so many of the items, at equal distances."""
    return items[:: max(1, -(-len(items) // number))]


def without(program, variable, **atoms):
    """The program without those rules for a variable whose atoms include the given ones."""
    dropped = [
        rule
        for rule in program.rules_by_variable[variable]
        if atoms.items() <= {atom.variable: atom.value for atom in rule.atoms}.items()
    ]
    assert dropped
    return alta.replace(program, rules=[rule for rule in program.rules if rule not in dropped])
