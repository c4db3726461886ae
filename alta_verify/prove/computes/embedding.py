"""``embedding``: the residual stream starts out related to the initial state."""

from __future__ import annotations

from alta_verify.obligation import NotShown
from alta_verify.prove.computes.context import Context
from alta_verify.search.samples import word_with

__all__ = ["show"]


def show(context: Context, _: str) -> str:
    """Looks at every pair of a token and a position where it occurs."""
    vocab = context.program.vocab
    embedding = context.embedding
    # Lemma 1 (start): the pairs are all that an input can have, and each is the sum of two rows.
    for token, position in embedding.wrong:
        word = word_with(context.program.inputs, token, position, context.task.extent.sampled)
        if word is not None:
            context.refute(word)
        raise NotShown(
            f"token {vocab[token]!r} at position {position} starts with other values, but no input "
            "showed it"
        )
    for name, token, position in () if context.block.spilling else embedding.residue:
        raise NotShown(
            f"head output {name} does not start at 0 for token {vocab[token]!r} at position "
            f"{position}"
        )
    _check_start(context)
    relation = context.relation
    how = "equal to the codes" if relation.exact else relation.shown
    pairs = "tokens" if context.task.max_len is None else "pairs of token and position"
    return f"exact arithmetic, {embedding.pairs} {pairs}, {how}"


def _check_start(context: Context) -> None:
    """Checks that the relation holds of what the embedding gives; heads are 0 there."""
    # What holds at the first layer boundary, or at all of them.
    relation = (context.block.relations or [context.relation])[0]
    for name, codes in context.embedding.relation.start.items():
        for value, box in codes.items():
            for interval, wider in zip(box, relation.start[name][value], strict=True):
                if not interval.within(wider):
                    raise NotShown(f"{name}={value} starts at {interval}, not in {wider}")
    for name, box in relation.residue.items():
        starts = context.embedding.relation.residue_of(name)
        for interval, wider in zip(starts, box, strict=True):
            if not interval.within(wider):
                raise NotShown(f"head output {name} starts at {interval}, not in {wider}")
