"""A pattern or a list of words becomes the smallest automaton, numbered in one canonical way.

Two languages are therefore equal exactly when their automata are equal as values. The ways are the
subset construction (Rabin and Scott 1959) on the position automaton, and Hopcroft's minimisation
(1971); for a list of words, the minimisation of a trie from its leaves (Revuz 1992).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from alta.errors import InputLanguageError
from alta.inputs.dfa import Dfa, empty, explored
from alta.inputs.parser import parse_pattern
from alta.inputs.pattern import PositionAutomaton, bits, encode_positions
from alta.inputs.vocabulary import Vocabulary
from alta.limit import checkpoint

__all__ = ["MAX_MOVES", "MAX_STATES", "MAX_STEPS", "compile_pattern", "minimise", "trie"]

# The most states that subset construction may reach, positions that it may visit (some seconds of
# work), and moves of an automaton, one for each state and token.
MAX_STATES = 50_000
MAX_STEPS = 10_000_000
MAX_MOVES = 1 << 22


@lru_cache(maxsize=256)
def compile_pattern(text: str, vocabulary: Vocabulary) -> Dfa:
    """Compiles a pattern to the smallest automaton, if the limits above allow for it."""
    positions = encode_positions(parse_pattern(text), vocabulary)
    try:
        return _determinised(positions)
    except InputLanguageError as error:
        raise InputLanguageError(f"pattern {text!r}: {error}") from None


def _determinised(positions: PositionAutomaton) -> Dfa:
    # Tokens that no symbol tells apart move together: one move per class, shared at the end.
    classes = _token_classes(positions.symbols)
    # Minimised over classes of tokens, before each class becomes as many moves as it has tokens.
    small = minimise(_subsets(positions, list(classes)))
    tokens = list(classes.values())
    moves = sum(len(tokens[index]) for moves in small.transitions for index in moves)
    if moves > MAX_MOVES:
        raise InputLanguageError(
            f"expected an automaton of at most {MAX_MOVES} moves, one for each state and token, "
            f"got {moves}; use fewer tokens, or a pattern that tells fewer places apart"
        )
    transitions = tuple(
        {token: target for index, target in moves.items() for token in tokens[index]}
        for moves in small.transitions
    )
    return Dfa(small.start, small.accepting, transitions)


def trie(words: Iterable[Sequence[int]]) -> Dfa:
    """Returns the smallest automaton that accepts exactly these words."""
    tree: list[dict[int, int]] = [{}]
    ends: set[int] = set()
    for word in words:
        checkpoint()
        node = 0
        for token in word:
            child = tree[node].setdefault(token, len(tree))
            if child == len(tree):
                tree.append({})
            node = child
        ends.add(node)
    if not ends:
        return empty()
    # Children have larger numbers than their parents, so that from the end on each node finds
    # its children merged, and equals an earlier one exactly if it looks the same.
    merged = list(range(len(tree)))
    seen: dict[tuple[object, ...], int] = {}
    for node in reversed(range(len(tree))):
        moves = {token: merged[child] for token, child in tree[node].items()}
        tree[node] = moves
        merged[node] = seen.setdefault((node in ends, *sorted(moves.items())), node)
    return _renumbered(0, ends, tree)


def minimise(dfa: Dfa) -> Dfa:
    """Returns the smallest automaton with the same words, without dead states."""
    if dfa.start not in dfa.useful:
        return empty()
    blocks = _classes(dfa)
    block_of = {state: index for index, block in enumerate(blocks) for state in block}
    # All states of a block move to the same blocks, so that any one of them can speak for it.
    spoken = [dfa.transitions[min(block)].items() for block in blocks]
    transitions = [{t: block_of[to] for t, to in moves if to in block_of} for moves in spoken]
    ends = {block_of[state] for state in dfa.accepting & dfa.useful}
    return _renumbered(block_of[dfa.start], ends, transitions)


# Groups the tokens by the positions that read them, in order of their least token.
def _token_classes(symbols: Sequence[frozenset[int]]) -> dict[int, list[int]]:
    # Positions with one token set are joined first, so that each set is gone through once.
    readers: defaultdict[frozenset[int], int] = defaultdict(int)
    for position, tokens in enumerate(symbols):
        readers[tokens] |= 1 << position
    read_at: defaultdict[int, int] = defaultdict(int)
    for tokens, mask in readers.items():
        for token in tokens:
            read_at[token] |= mask
    classes: dict[int, list[int]] = {}
    for token, mask in sorted(read_at.items()):
        classes.setdefault(mask, []).append(token)
    return classes


# Follows all walks at once: a state is what may be read next, and whether to stop here.
def _subsets(positions: PositionAutomaton, readers: Sequence[int]) -> Dfa:
    steps = 0
    problem = (
        f"expected an automaton of at most {MAX_STATES} states, built in at most {MAX_STEPS} "
        "steps, got more; a choice that is only settled many tokens later, as in "
        "(0|1)* 1 (0|1){30}, needs exponentially many states"
    )

    def moves(state: tuple[int, bool], _depth: int) -> Iterator[tuple[int, tuple[int, bool]]]:
        nonlocal steps
        checkpoint()
        for index, mask in enumerate(readers):
            if not (read := state[0] & mask):
                continue
            following = 0
            for position in bits(read):
                following |= positions.follow[position]
                steps += 1
            # Sets of positions that are followed by the same ones differ at most in whether a word
            # may end there, so they make up one state or two.
            yield index, (following, bool(read & positions.last))
        if steps > MAX_STEPS:
            raise InputLanguageError(problem)

    start = (positions.first, positions.accepts_empty)
    return explored(start, moves, lambda state: state[1], MAX_STATES, problem)


# Groups the useful states by the words accepted from them: Hopcroft's refinement.
def _classes(dfa: Dfa) -> list[set[int]]:
    # The missing state that every missing transition leads to is a class of its own from the
    # start, and is the one initial class that need not be split against.
    before: dict[int, dict[int, list[int]]] = {state: {} for state in dfa.useful}
    for state in dfa.useful:
        for token, target in dfa.transitions[state].items():
            if target in before:
                before[target].setdefault(token, []).append(state)
    ends = dfa.useful & dfa.accepting
    # The empty word tells accepting states from all others; longer words follow from the moves.
    blocks = [set(block) for block in (ends, dfa.useful - ends) if block]
    block_of = {state: index for index, block in enumerate(blocks) for state in block}
    waiting = set(range(len(blocks)))
    while waiting:
        checkpoint()
        arrivals: dict[int, list[int]] = {}
        for state in blocks[waiting.pop()]:
            for token, sources in before[state].items():
                arrivals.setdefault(token, []).extend(sources)
        for sources in arrivals.values():
            parts: dict[int, set[int]] = {}
            for source in sources:
                parts.setdefault(block_of[source], set()).add(source)
            for block, part in parts.items():
                if len(part) == len(blocks[block]):
                    continue
                fresh = len(blocks)
                blocks[block] -= part
                blocks.append(part)
                block_of.update(dict.fromkeys(part, fresh))
                # Splitting against either half does what splitting against both would; the smaller
                # one is what makes it n log n steps.
                smaller = fresh if len(part) <= len(blocks[block]) else block
                waiting.add(fresh if block in waiting else smaller)
    return blocks


# Numbers the states in the order in which reading meets them, smallest token first.
def _renumbered(start: int, ends: set[int], transitions: Sequence[dict[int, int]]) -> Dfa:
    return explored(start, lambda state, _: sorted(transitions[state].items()), ends.__contains__)
