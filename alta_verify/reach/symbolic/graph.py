"""Guards live in one and-inverter graph that carries its own random simulation.

Nodes that are built alike are one: by structural hashing, and by rules that look at operands of
operands (Brummayer and Biere, "Local two-level and-inverter graph minimization without blowup",
2006). A literal is the integer `2 * node + negated`. Node 0 is constant; every other node is an
input or the conjunction of two literals over earlier nodes. Each node also carries its value on a
number of samples, one bit per sample, so that functions which differ are mostly told apart without
a solver.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final, TypeAlias, TypeVar, final

from alta_verify.deadline import Work

__all__ = ["FALSE", "TRUE", "Graph", "Literal", "possible"]

Literal: TypeAlias = int
"""A node of a graph, or its negation: `2 * node + negated`."""

_Key = TypeVar("_Key")

FALSE: Final[Literal] = 0
TRUE: Final[Literal] = 1

_NO_OPERAND: Final = -1


@final
class Graph:
    """Boolean functions of inputs, shared as far as local rules and hashing can tell.

    Every literal denotes a function of the inputs, exact by its structure, until nodes are merged:
    what is built afterwards is exact wherever the premises hold under which the merge was proved.
    An operand always lies on an earlier node than its conjunction, merged or not.

    Attributes:
        samples: how many samples each input comes with; more are added by `add_samples`.
        work: counts the nodes.
    """

    def __init__(self, samples: int, work: Work | None = None) -> None:
        self.samples = samples
        self.work = Work() if work is None else work
        self._full = (1 << samples) - 1
        self._left: list[Literal] = [_NO_OPERAND]
        self._right: list[Literal] = [_NO_OPERAND]
        self._signatures: list[int] = [0]
        self._inputs: list[Literal] = []
        # Indexed by literal, not node: following a representative is then one look-up.
        self._representative: list[Literal] = [FALSE, TRUE]
        self._conjunctions: dict[tuple[Literal, Literal], Literal] = {}

    def __len__(self) -> int:
        """Counts the nodes, the constant and merged ones included."""
        return len(self._left)

    @property
    def inputs(self) -> tuple[Literal, ...]:
        """The input literals, in the order of their making."""
        return tuple(self._inputs)

    def new_input(self, signature: int) -> Literal:
        """Returns a new input, whose value on sample i is bit i of the signature.

        The samples are meant to be words of the input language: others are sound too, and tell
        functions apart that no word does.
        """
        literal = self._new_node(_NO_OPERAND, _NO_OPERAND, signature)
        self._inputs.append(literal)
        return literal

    def not_(self, a: Literal) -> Literal:
        """Returns the negation."""
        return self.find(a) ^ 1

    def and_(self, a: Literal, b: Literal) -> Literal:
        """Returns the conjunction, an existing literal wherever rules and hashing find one."""
        a, b = self._simplify(a, b)
        if a == TRUE:
            return b
        shared = self._conjunctions.get((a, b))
        if shared is not None:
            return self.find(shared)
        literal = self._new_node(a, b, self.signature(a) & self.signature(b))
        self._conjunctions[a, b] = literal
        return literal

    def or_(self, a: Literal, b: Literal) -> Literal:
        """Returns the disjunction."""
        return self.and_(a ^ 1, b ^ 1) ^ 1

    def xor(self, a: Literal, b: Literal) -> Literal:
        """Returns the exclusive or; negated operands share the nodes of the plain ones."""
        a, b = self.find(a), self.find(b)
        negated = (a ^ b) & 1
        a, b = a & ~1, b & ~1
        return self.and_(self.and_(a, b) ^ 1, self.and_(a ^ 1, b ^ 1) ^ 1) ^ negated

    def all_of(self, literals: Iterable[Literal]) -> Literal:
        """Returns the conjunction of all, as a balanced tree; TRUE of none."""
        # Sorted, so that the same conjunction is built in the same way in whatever order it comes.
        layer = sorted({self.find(literal) for literal in literals})
        # Complements are neighbours once sorted.
        if any(a ^ 1 == b for a, b in pairwise(layer)):
            return FALSE
        while len(layer) > 1:
            pairs = zip(layer[::2], layer[1::2], strict=False)
            odd_one_out = layer[len(layer) & ~1 :]
            layer = [self.and_(a, b) for a, b in pairs] + odd_one_out
        return layer[0] if layer else TRUE

    def any_of(self, literals: Iterable[Literal]) -> Literal:
        """Returns the disjunction of all, as a balanced tree; FALSE of none."""
        return self.all_of(literal ^ 1 for literal in literals) ^ 1

    def union(self, cases: Iterable[tuple[_Key, Literal]]) -> dict[_Key, Literal]:
        """Returns for each key the disjunction of its literals, where that is possible."""
        literals: dict[_Key, list[Literal]] = {}
        for key, literal in cases:
            literals.setdefault(key, []).append(literal)
        return possible({key: self.any_of(members) for key, members in literals.items()})

    def operands(self, node: int) -> tuple[Literal, Literal] | None:
        """Returns what the node is the conjunction of, as built; None for inputs and constants."""
        left = self._left[node]
        return None if left == _NO_OPERAND else (left, self._right[node])

    def signature(self, literal: Literal) -> int:
        """Returns the literal's value on every sample, by its own structure, merged or not."""
        value = self._signatures[literal >> 1]
        return value ^ self._full if literal & 1 else value

    def find(self, literal: Literal) -> Literal:
        """Returns the literal that stands for this one: itself, or what it was merged into."""
        representative = self._representative
        root = representative[literal]
        # Most often there is nothing to follow, or one step.
        if root == literal or representative[root] == root:
            return root
        while representative[root] != root:
            root = representative[root]
        # Path compression, as in union-find: each literal on the way now points to the root.
        while literal != root:
            representative[literal], literal = root, representative[literal]
        return root

    def merge(self, a: Literal, b: Literal) -> None:
        """Lets the earlier of two equal functions stand for the later one, everywhere from now on.

        The caller has proved them equal under premises that some assignment satisfies; what stands
        for the negation of the other already is refused.
        """
        # Representatives are earlier nodes, hence no node is ever below itself.
        a, b = sorted((self.find(a), self.find(b)))
        if a == b ^ 1:
            raise ValueError(f"Expected equal literals, got {a!r} and its negation {b!r}.")
        self._representative[b] = a
        self._representative[b ^ 1] = a ^ 1

    def rehash(self, node: int) -> Literal:
        """Returns a literal that equals the node now that its operands are merged; adds no node."""
        left = self._left[node]
        if left == _NO_OPERAND:
            return self.find(2 * node)
        a, b = self._simplify(left, self._right[node])
        return b if a == TRUE else self.find(self._conjunctions.setdefault((a, b), 2 * node))

    def evaluate(
        self, literals: Iterable[Literal], assignment: Mapping[Literal, bool]
    ) -> list[bool]:
        """Returns the literals' values on an assignment of all inputs that they depend on."""
        literals = list(literals)
        values = {0: False}
        # Operands first, so that no recursion is needed, however deep the graph is.
        for node in self._cone(literals):
            left, right = self._left[node], self._right[node]
            if left != _NO_OPERAND:
                values[node] = (values[left >> 1] != left & 1) and (values[right >> 1] != right & 1)
            elif node:
                values[node] = bool(assignment[2 * node])
        return [values[literal >> 1] != literal & 1 for literal in literals]

    def add_samples(self, columns: Mapping[Literal, int], count: int) -> None:
        """Appends so many samples to every node's signature, from those of every input literal."""
        full, base = (1 << count) - 1, self.samples
        # Operands lie on earlier nodes: one pass in the order of nodes simulates all.
        fresh = [0]
        for node, (left, right) in enumerate(zip(self._left, self._right, strict=True)):
            if left != _NO_OPERAND:
                x = fresh[left >> 1] ^ full if left & 1 else fresh[left >> 1]
                y = fresh[right >> 1] ^ full if right & 1 else fresh[right >> 1]
                fresh.append(x & y)
            elif node:
                fresh.append(columns[2 * node] & full)
        old = self._signatures
        self._signatures = [o | f << base if f else o for o, f in zip(old, fresh, strict=True)]
        self.samples = base + count
        self._full = (1 << self.samples) - 1

    def _new_node(self, left: Literal, right: Literal, signature: int) -> Literal:
        self.work.units += 1
        literal = 2 * len(self._left)
        self._left.append(left)
        self._right.append(right)
        self._signatures.append(signature)
        self._representative += (literal, literal + 1)
        return literal

    def _simplify(self, a: Literal, b: Literal) -> tuple[Literal, Literal]:
        """Returns ordered operands with the same conjunction; (TRUE, x) if that is the literal x.

        Looks at an operand's own operands, no deeper, and makes no node.
        """
        representative, left, right = self._representative, self._left, self._right
        while True:
            if a < 0 or b < 0:
                raise ValueError(f"Expected literals of this graph, got {a!r} and {b!r}.")
            if representative[a] != a:
                a = self.find(a)
            if representative[b] != b:
                b = self.find(b)
            if a > b:
                a, b = b, a
            if a <= TRUE:
                return (TRUE, b) if a else (TRUE, FALSE)
            if a == b:
                return TRUE, a
            if a ^ 1 == b:
                return TRUE, FALSE
            x, y = a >> 1, b >> 1
            rewritten = _rewrite(a, b, left[x], right[x], left[y], right[y])
            if rewritten is None:
                return a, b
            a, b = rewritten

    def _cone(self, literals: Iterable[Literal]) -> list[int]:
        """Returns every node that the literals are built from, operands first."""
        cone = {0}
        pending = [literal >> 1 for literal in literals]
        while pending:
            node = pending.pop()
            if node not in cone:
                cone.add(node)
                if self._left[node] != _NO_OPERAND:
                    pending += (self._left[node] >> 1, self._right[node] >> 1)
        # Operands lie on earlier nodes.
        return sorted(cone)


def possible(guards: Mapping[_Key, Literal]) -> dict[_Key, Literal]:
    """Leaves out what happens on no input, as far as its form tells."""
    return {key: guard for key, guard in guards.items() if guard != FALSE}


def _rewrite(
    a: Literal, b: Literal, a0: Literal, a1: Literal, b0: Literal, b1: Literal
) -> tuple[Literal, Literal] | None:
    """Returns simpler operands with the same conjunction as a and b, from their own operands.

    Expects a on an earlier node than b, neither constant.
    """
    if a in (b0, b1):
        # a ∧ (a ∧ x) = a ∧ x and a ∧ ¬(a ∧ x) = a ∧ ¬x
        return (a, (b1 if b0 == a else b0) ^ 1) if b & 1 else (TRUE, b)
    if a ^ 1 in (b0, b1):
        # a ∧ (¬a ∧ x) = 0 and a ∧ ¬(¬a ∧ x) = a
        return TRUE, a if b & 1 else FALSE
    if _NO_OPERAND in (a0, b0):
        return None
    clash = a0 ^ 1 in (b0, b1) or a1 ^ 1 in (b0, b1)
    if not (a ^ b) & 1:
        if not clash:
            return None
        # (x ∧ y) ∧ (¬x ∧ z) = 0
        return _resolve(a0, a1, b0, b1) if a & 1 else (TRUE, FALSE)
    if a & 1:
        a, a0, a1, b0, b1 = b, b0, b1, a0, a1
    if clash:
        # (x ∧ y) ∧ ¬(¬x ∧ z) = x ∧ y
        return TRUE, a
    # (x ∧ y) ∧ ¬(x ∧ z) = (x ∧ y) ∧ ¬z
    if b0 in (a0, a1):
        return a, b1 ^ 1
    return (a, b0 ^ 1) if b1 in (a0, a1) else None


def _resolve(a0: Literal, a1: Literal, b0: Literal, b1: Literal) -> tuple[Literal, Literal] | None:
    """Simplifies ¬(a0 ∧ a1) ∧ ¬(b0 ∧ b1): ¬(x ∧ y) ∧ ¬(x ∧ ¬y) = ¬x."""
    if (a0 == b0 and a1 ^ 1 == b1) or (a0 == b1 and a1 ^ 1 == b0):
        return TRUE, a0 ^ 1
    if (a1 == b1 and a0 ^ 1 == b0) or (a1 == b0 and a0 ^ 1 == b1):
        return TRUE, a1 ^ 1
    return None
