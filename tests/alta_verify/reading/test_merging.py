"""Where branches meet, values of one form become one, and objects stay themselves."""

from alta_verify.reach.symbolic.graph import FALSE, TRUE, Graph
from alta_verify.reading.merging import Merging
from alta_verify.reading.values import VOID, Choice, List, Scalars, Sequence
from tests.alta_verify.reading.spec_functions import agreed


def test_values_of_any_kinds_meet():
    agreed("""
if tokens[0] == 0:
    x = 1
elif tokens[0] == 1:
    x = "ab" + str(tokens[1])
else:
    x = (tokens[1], None)
y = None if tokens[1] else True
z = [1, 2] if tokens[2] else (tokens[0],)
return x, y, z, [x, y] if tokens[1] else {"a": z}["a"]""")


def test_the_same_on_all_inputs_is_no_choice():
    graph = Graph(2)
    merging, guard = Merging(graph), graph.new_input(1)
    assert merging.choose(guard, 3, 3) == 3
    assert merging.choose(TRUE, 1, 2) == 1
    assert merging.choose(FALSE, 1, 2) == 2
    assert merging.merge([(FALSE, 1)]) is VOID
    one = List(())
    assert merging.choose(guard, one, one) is one
    assert isinstance(merging.choose(guard, one, List(())), Choice)
    assert isinstance(merging.choose(guard, 1, True), Scalars)
    pair = merging.choose(guard, (1, 2), (1, 3))
    assert isinstance(pair, Sequence)
    assert pair.elements[0] == 1
