"""Near tests: for each module that proves or checks, the tests that notice what is wrong with it.

Quick ones come first, since the first that fails is the last that runs.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CRITICAL", "NEAR"]

_ENCODE = "tests/alta_verify/encode"
_CHECK = "tests/alta_verify/check"
_REACH = "tests/alta_verify/reach"
_SOLVER = "tests/alta_verify/solver"
_CERTIFICATE = "tests/alta_verify/certificate"
_CHANGED = "tests/alta_verify/weights/test_changed_weights.py"
_EXACT = "tests/properties/test_exact_forward.py"
_REACHED = "tests/properties/test_reach.py"
_VERDICTS = "tests/properties/test_verdicts.py"
_MUTATION = "tests/alta_verify/mutation"
_THEOREM = f"{_CHECK}/test_theorem.py"

_TWO_READINGS = f"{_CHECK}/test_two_readings.py"

_TO_OTHERS = f"{_CHANGED}::test_a_change_to_other_models_is_proved_or_refuted"

_ON_WEIGHTS = (
    _TWO_READINGS,
    f"{_CHANGED}::test_a_change_that_keeps_what_is_computed_is_proved[every unit in halves]",
    f"{_CHANGED}::test_a_change_that_keeps_what_is_computed_is_proved[cast to float64]",
    f"{_CHANGED}::test_a_wrong_weight_among_changed_ones_is_refuted[in int8 by array]",
    f"{_CHANGED}::test_noise_on_the_weights_of_the_block_is_judged_rightly",
    f"{_TO_OTHERS}[absolute-queries times 3]",
    f"{_TO_OTHERS}[intermediate-cast to float64]",
    f"{_TO_OTHERS}[increment-every unit in halves]",
    f"{_CHANGED}::test_drift_without_an_end_is_not_proved",
    f"{_CHANGED}::test_no_damage_to_uneven_weights_is_proved_by_reasoning_alone[in int8 by array]",
)

_COPYING = "tests/properties/test_copying_blocks.py"

_ON_THE_MLP = (
    _TWO_READINGS,
    _COPYING,
    f"{_EXACT}::test_the_units_of_the_mlp_are_what_the_encoding_says",
    f"{_EXACT}::test_the_encoding_of_the_mlp_holds_of_its_exact_value_and_of_jax",
    *_ON_WEIGHTS[1:],
)

_ON_HEADS = (
    _TWO_READINGS,
    f"{_EXACT}::test_the_bounds_on_scores_hold_of_exact_and_of_rounded_scores",
    f"{_EXACT}::test_the_codes_of_a_head_hold_of_what_it_adds",
    f"{_EXACT}::test_the_codes_of_undefined_hold_of_jax",
    f"{_EXACT}::test_the_leak_of_softmax_bounds_the_weight_of_keys_below_the_gap",
    *_ON_WEIGHTS[1:],
    f"{_EXACT}::test_the_codes_of_heads_that_see_one_position_hold_of_jax",
)

_ON_STATES = (
    f"{_REACH}/sets/test_value_sets.py",
    f"{_REACH}/test_slices.py",
    f"{_REACH}/test_violations.py",
    f"{_REACH}/test_layers.py",
    f"{_REACH}/test_enumeration.py",
    f"{_REACH}/sets/test_parikh.py",
    f"{_REACH}/sets/test_counting.py",
    f"{_REACH}/sets/test_counting_engine.py",
    f"{_REACH}/symbolic/test_inputs.py",
    f"{_REACH}/symbolic/test_transformer.py",
    f"{_REACH}/symbolic/test_run.py",
    f"{_REACH}/symbolic/test_engine.py",
    _REACHED,
    f"{_REACH}/test_portfolio.py",
)

_ON_SWEEPS = (f"{_REACH}/symbolic/test_sweep.py", f"{_REACH}/symbolic/test_graph.py", *_ON_STATES)

_REFUSALS = f"{_CHECK}/test_refusals.py"

_ON_FILES = (
    _REFUSALS,
    f"{_CERTIFICATE}/test_tampering.py",
    f"{_CERTIFICATE}/test_forgeries.py",
    f"{_CERTIFICATE}/test_writing.py",
)

_ON_TEXTS = (f"{_CHECK}/test_text.py", "tests/campaigns/test_texts.py")

_STRANGERS = f"{_CHECK}/test_strangers.py"

_MUTANTS = f"{_THEOREM}::test_no_weights_that_make_a_difference_are_shown"

_ON_THEOREMS = (
    _REFUSALS,
    _TWO_READINGS,
    f"{_THEOREM}::test_compiled_weights_are_shown_in_every_format",
    f"{_THEOREM}::test_the_order_of_hidden_units_does_not_matter",
    f"{_THEOREM}::test_scores_that_are_too_close_are_refused",
    f"{_THEOREM}::test_scores_of_keys_that_are_not_selected_are_equal_or_far_apart",
    f"{_THEOREM}::test_a_rule_that_the_weights_lack_is_missed",
    f"{_THEOREM}::test_conflicts_are_found_without_the_weights",
    f"{_THEOREM}::test_undefined_reads_are_found_unless_runs_exclude_them",
    f"{_THEOREM}::test_runs_need_a_slice",
    f"{_THEOREM}::test_value_sets_that_lack_a_value_are_refused",
    f"{_THEOREM}::test_value_sets_with_indices_of_nothing_are_refused",
    f"{_THEOREM}::test_value_sets_may_be_larger_than_needed",
    f"{_THEOREM}::test_a_model_of_another_program_is_refused_where_it_would_run_differently",
    f"{_THEOREM}::test_without_inputs_there_is_nothing_to_show",
    f"{_THEOREM}::test_weights_that_are_cut_short_are_refused",
    *(f"{_MUTANTS}[{name}]" for name in ("relative-changed", "sum-changed", "sum-filled")),
    f"{_THEOREM}::test_shipped_programs_are_shown[addition]",
    f"{_THEOREM}::test_shipped_programs_are_shown[sort_unique]",
    *(
        f"tests/properties/test_check.py::test_{name}"
        for name in (
            "the_text_is_read_as_the_abstraction_has_it",
            "the_language_has_the_words_of_the_program",
            "runs_have_every_state_that_occurs",
            "a_program_that_fails_on_an_input_is_not_shown",
        )
    ),
    *(f"{_MUTANTS}[{name}]" for name in ("relative-filled", "absolute-changed")),
    f"{_THEOREM}::test_z3_finds_the_questions_of_mutants_settled_exactly_if_the_checker_does[relative]",
)

_SUMS = f"{_EXACT}::test_a_sum_is_exact_where_its_slack_is_0_and_within_its_slack_elsewhere"
_HEADROOM = (
    f"{_EXACT}::test_a_sum_beyond_the_headroom_of_its_format_is_rounded_and_its_slack_says_so"
)

_ENCODING: Mapping[str, tuple[str, ...]] = {
    "attention": (f"{_ENCODE}/test_attention.py", *_ON_HEADS),
    "averages": (f"{_ENCODE}/test_averages.py", *_ON_HEADS),
    "cases": (f"{_ENCODE}/test_cases.py", *_ON_THE_MLP),
    "coordinates": (f"{_ENCODE}/test_coordinates.py", f"{_ENCODE}/test_mlp.py", *_ON_THE_MLP),
    "embedding": (f"{_ENCODE}/test_embedding.py", *_ON_WEIGHTS),
    "gates": (f"{_ENCODE}/test_gates.py", *_ON_WEIGHTS),
    "linear": (
        f"{_ENCODE}/test_linear.py",
        f"{_ENCODE}/test_gates.py",
        f"{_ENCODE}/test_restriction.py",
        *_ON_THE_MLP,
    ),
    "margins": (
        f"{_ENCODE}/test_margins.py",
        f"{_CHANGED}::test_means_that_a_format_hardly_tells_apart_are_unknown_with_margin_and_bound",
    ),
    "mlp": (f"{_ENCODE}/test_mlp.py", *_ON_THE_MLP),
    "network": ("tests/alta_verify/encode/test_network.py", *_ON_WEIGHTS),
    "probe": (f"{_ENCODE}/test_probe.py", *_ON_WEIGHTS),
    "projection": (f"{_ENCODE}/test_projection.py", f"{_ENCODE}/test_scores.py", *_ON_HEADS),
    "relation": (f"{_ENCODE}/test_relation.py", *_ON_HEADS[:3], *_ON_THE_MLP[1:]),
    "restriction": (f"{_ENCODE}/test_restriction.py", *_ON_WEIGHTS),
    "rounded_sums": (f"{_ENCODE}/test_rounded_sums.py", f"{_ENCODE}/test_mlp.py", *_ON_THE_MLP),
    "scores": (f"{_ENCODE}/test_scores.py", *_ON_HEADS),
    "softmax": (f"{_ENCODE}/test_softmax.py", *_ON_HEADS),
}

_REACHING: Mapping[str, tuple[str, ...]] = {
    "sets/parikh": _ON_STATES,
    "sets/counting": _ON_STATES,
    "sets/counting_engine": _ON_STATES,
    "enumeration": _ON_STATES,
    "symbolic/graph": _ON_SWEEPS,
    "symbolic/inputs": _ON_STATES,
    "layers": (*_ON_STATES, *_ON_WEIGHTS),
    "sets/abstract_transformer": (f"{_REACH}/sets/test_abstract_transformer.py", *_ON_STATES),
    "answer": _ON_STATES,
    "slices": _ON_STATES,
    "portfolio": _ON_STATES,
    "symbolic/graph_solver": (f"{_REACH}/symbolic/test_graph_solver.py", *_ON_SWEEPS),
    "symbolic/sweep": _ON_SWEEPS,
    "symbolic/transformer": _ON_STATES,
    "symbolic/run": _ON_STATES,
    "symbolic/engine": _ON_STATES,
    "sets/value_sets": _ON_STATES,
    "violations": _ON_STATES,
}

_CHECKING: Mapping[str, tuple[str, ...]] = {
    "__main__": ("tests/cli/test_check.py",),
    "architecture": _ON_THEOREMS,
    "attention": (f"{_CHECK}/test_attention.py", *_ON_THEOREMS),
    "averages": (f"{_CHECK}/test_averages.py", *_ON_THEOREMS),
    "codes": _ON_THEOREMS,
    "declared": (*_ON_TEXTS, *_ON_THEOREMS),
    "evidence": (*_ON_THEOREMS, *_ON_FILES),
    "expressions": (*_ON_TEXTS, *_ON_THEOREMS),
    "files": (*_ON_FILES, _STRANGERS),
    "heads": (f"{_CHECK}/test_heads.py", *_ON_THEOREMS),
    "interruption": ("tests/alta/test_interruption.py",),
    "language": (*_ON_THEOREMS, _STRANGERS),
    "limits": (_STRANGERS,),
    "mlp": (_COPYING, *_ON_THEOREMS),
    "numbers": (
        "tests/alta_verify/arithmetic/test_interval.py",
        "tests/alta_verify/arithmetic/test_formats.py",
        *_ON_THEOREMS,
    ),
    "obligations": (f"{_CERTIFICATE}/test_writing.py", *_ON_THEOREMS),
    "patterns": (f"{_CHECK}/test_patterns.py", *_ON_THEOREMS),
    "program": _ON_THEOREMS,
    "questions": (f"{_CHECK}/test_questions.py", *_ON_THEOREMS),
    "refused": (f"{_CHECK}/test_refused.py", f"{_CHECK}/test_visible.py"),
    "run": _ON_FILES,
    "runs": _ON_THEOREMS,
    "smtlib": (f"{_CHECK}/test_questions.py", *_ON_THEOREMS),
    "solvers": (f"{_CERTIFICATE}/test_solvers.py",),
    "sums": (f"{_CHECK}/test_questions.py", *_ON_THEOREMS),
    "text": (*_ON_TEXTS, *_ON_THEOREMS),
    "theorem": _ON_THEOREMS,
    "value_sets": _ON_THEOREMS,
    "weights": (f"{_CHECK}/test_arrays.py", *_ON_THEOREMS, _STRANGERS),
    "wellformed": (*_ON_TEXTS, *_ON_THEOREMS),
}

_QUERIES = f"{_SOLVER}/test_query.py"

_SOLVING: Mapping[str, tuple[str, ...]] = {
    "sat": (f"{_SOLVER}/test_sat.py", *_ON_STATES),
    "smt": (f"{_SOLVER}/test_smt.py", _QUERIES, *_ON_WEIGHTS),
    "query": (_QUERIES, *_ON_WEIGHTS),
    "terms": (f"{_SOLVER}/test_terms.py", _QUERIES, *_ON_WEIGHTS),
}

_ARITHMETIC: Mapping[str, tuple[str, ...]] = {
    "formats": ("tests/alta_verify/arithmetic/test_formats.py", _SUMS, _HEADROOM, *_ON_THE_MLP),
    "interval": ("tests/alta_verify/arithmetic/test_interval.py", _SUMS, *_ON_THE_MLP),
    "matrices": ("tests/alta_verify/arithmetic/test_matrices.py", *_ON_THE_MLP),
}


_FOLDERS = {
    "encode/": _ENCODING,
    "reach/": _REACHING,
    "check/": _CHECKING,
    "solver/": _SOLVING,
    "arithmetic/": _ARITHMETIC,
}

NEAR: Mapping[str, tuple[str, ...]] = {
    f"alta_verify/{folder}{name}.py": tests
    for folder, modules in _FOLDERS.items()
    for name, tests in modules.items()
}
"""By file, from the root of the project."""

CRITICAL = frozenset(
    f"alta_verify/{name}.py"
    for name in (
        *(
            "arithmetic/formats",
            "encode/softmax",
            "encode/mlp",
            "encode/rounded_sums",
            "encode/coordinates",
            "encode/attention",
            "encode/scores",
            "encode/projection",
            "encode/linear",
        ),
        *("encode/relation", "encode/gates", "arithmetic/interval", "encode/network"),
        *("check/numbers", "check/sums", "check/mlp", "check/attention", "check/questions"),
        *("check/theorem", "check/value_sets", "reach/sets/value_sets", "reach/slices"),
    )
)
"""The modules that bound numbers, ask the questions and settle them."""
