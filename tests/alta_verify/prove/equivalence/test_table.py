"""The table of a comparison names its obligations as reports do."""

from __future__ import annotations

from alta_verify.prove.equivalence.table import KINDS, claims
from tests.alta_verify.prove.pairs_of_programs import COPY, compared


def test_obligations_are_named_in_the_order_of_reports():
    said = claims(compared(COPY, COPY).pair)
    assert list(map(str, said)) == [
        "sampling",
        *(
            f"{side}[{kind}]"
            for side in ("first", "second")
            for kind in ("conflict", "range", "undefined", "endless")
        ),
        "outputs[1]",
        "outputs[2]",
    ]
    assert {obligation.kind for obligation in said} == set(KINDS)
    assert not any("{" in claim or "None" in claim for claim in said.values())
