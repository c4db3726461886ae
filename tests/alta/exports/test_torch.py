"""The module of PyTorch computes what JAX computes, bit for bit, and its weights come back."""

from __future__ import annotations

import copy
import itertools

import numpy as np
import pytest

import alta
from alta.errors import ModelError, TokenError
from alta.nn.weights import named
from alta_verify import Verdict, verify
from tests.alta.exports.courses import MAX_LAYERS, PROGRAMS, differences, waiting, words_of

torch = pytest.importorskip("torch", reason="PyTorch is not installed: its module is not tested")

pytestmark = pytest.mark.campaign

from alta.exports.torch import Transformer, array_of, load, tensor_of  # noqa: E402

PROGRAM = alta.programs.parity_sequential_relative()
MODEL = alta.compile(PROGRAM, max_len=8)


def bits(model):
    return [(name, str(array.dtype), array.tobytes()) for name, array in named(model.weights)]


def courses(module):
    """Runs inputs of one length as a batch: layers, whether halted, and the streams."""

    @torch.no_grad()
    def run(words):
        states = list(module._course(torch.tensor(words), MAX_LAYERS, hooked=False))
        results = []
        for index in range(len(words)):
            taken = int(states[-1].taken[index])
            streams = [states[0].x[index]]
            for state in states[1 : taken + 1]:
                streams += [state.attended[index], state.x[index]]
            halted = bool(states[-1].halted[index])
            results.append((taken, halted, [array_of(stream) for stream in streams]))
        return results

    return run


# --- bit for bit ----------------------------------------------------------------------------------


ALL = [
    *((name, dtype) for name in PROGRAMS for dtype in ("float32", "bfloat16")),
    *(("sort_unique", dtype) for dtype in ("float64", "float16")),
]


@pytest.mark.parametrize(("name", "dtype"), ALL)
def test_all_streams_of_a_shipped_program_are_those_of_jax(name, dtype):
    sizes, max_len = PROGRAMS[name]
    try:
        model = alta.compile(alta.programs.get(name, **sizes), dtype=dtype)
    except ModelError as error:
        pytest.skip(str(error))
    words = words_of(model.program, max_len)
    assert len(words) > 3
    assert differences(model, words, courses(Transformer(model))) == []


def test_a_module_with_one_other_weight_has_other_streams():
    module = Transformer(MODEL)
    with torch.no_grad():
        module.mlp.W_out[0, 0] += 2**-20
    assert differences(MODEL, words_of(PROGRAM, 4), courses(module))


@pytest.mark.parametrize("mask", [alta.causal(), alta.before(), [-2, 0, 9], range(-9, 9), None])
def test_masks_of_every_kind_leave_the_same_positions(mask):
    program = alta.program_spec(
        variables={
            "x": alta.input_var(3),
            "number": alta.numeric_var([0.0, 1.0], input_init_fn=float),
            "seen": alta.var(2),
        },
        # Where the mask leaves no key that fits, one that it leaves out may fit better.
        heads={"mean": alta.qkv("x", "x", "number", mask)},
        ffn_fn=lambda z: z.__setitem__("seen", int(z["mean"] > 0.4)),
        output_name="seen",
        input_range=2,
        layers=1,
    )
    model = alta.compile(program, max_len=6)
    assert differences(model, words_of(program, 5), courses(Transformer(model))) == []


def test_a_run_is_that_of_the_model():
    module = Transformer(MODEL)
    for tokens in ("START", "START 1 0 1", [2, 1, 1]):
        run, meant = module.run(tokens), MODEL.run(tokens)
        assert run == meant
        assert run.trace == meant.trace
    assert module.run("START 1 1", max_layers=1) == MODEL.run("START 1 1", max_layers=1)


def test_a_sequence_that_has_halted_keeps_its_stream():
    module = Transformer(alta.compile(waiting()))
    logits, cache = module.run_with_cache(torch.tensor([[0], [3], [2]]))
    assert logits.argmax(-1).tolist() == [[3], [3], [3]]
    assert cache["blocks.2.hook_resid_post"].argmax(-1).tolist() == [[3], [3], [3]]


def test_padding_does_not_matter():
    module = Transformer(MODEL)
    words = torch.tensor([[2, 1, 0, 1], [2, 1, 0, 0]])
    mask = torch.tensor([[True] * 4, [True, True, False, False]])
    logits = module(words, attention_mask=mask)
    assert torch.equal(logits[0], module(words[0])[0])
    assert torch.equal(logits[1, :2], module(words[1, :2])[0])
    # Not even where it holds no finite number.
    with torch.no_grad():
        module.W_E[1] = torch.inf
    logits = module(torch.tensor([[2, 0, 1]]), attention_mask=torch.tensor([[True, True, False]]))
    assert torch.equal(logits[0, :2], module(torch.tensor([[2, 0]]))[0])


def test_a_module_with_its_own_number_of_layers_does_not_ask_for_the_halt():
    module = Transformer(MODEL, n_layers=3)
    _, cache = module.run_with_cache("START")
    assert module.cfg.n_layers == 3
    streams = MODEL.residual_streams("START", 3)
    assert array_of(cache["blocks.2.hook_resid_post"][0]).tobytes() == streams[-1].tobytes()


@pytest.mark.parametrize("activation", ["relu", "gelu", "tanh", "sigmoid"])
def test_a_learned_block_is_exported_with_the_others(activation, tmp_path):
    rng, width = np.random.default_rng(0), MODEL.layout.width
    sides = [width, 5, width]
    block = alta.nn.block.DenseBlock(
        tuple(rng.normal(size=pair).astype("f4") for pair in itertools.pairwise(sides)),
        tuple(rng.normal(size=size).astype("f4") for size in sides[1:]),
        activation,
    )
    model = MODEL.with_mlp(block)
    alta.export(model, tmp_path)
    assert bits(alta.load(tmp_path)) == bits(model)
    module = load(tmp_path)
    assert module.to_model().weights.mlp.activation == activation
    # Sums and functions of numbers that are no codes may be rounded differently.
    last = model.residual_streams("START 1 0", 1)[-1]
    assert np.allclose(module.residual_streams("START 1 0", 1)[-1], last, rtol=1e-5, atol=1e-5)
    module.grow(1)
    assert "blocks.0.mlp.layers.0.hook_post" in module.hook_dict
    assert (module.cfg.act_fn, module.cfg.d_mlp) == (activation, 5)


# --- TransformerLens ------------------------------------------------------------------------------

SHAPES = {
    "hook_embed": (1, 4, 8),
    "blocks.0.hook_resid_pre": (1, 4, 8),
    "blocks.0.attn.hook_q": (1, 4, 2, 0),
    "blocks.0.attn.hook_k": (1, 4, 2, 0),
    "blocks.0.attn.hook_v": (1, 4, 2, 2),
    "blocks.0.attn.hook_attn_scores": (1, 2, 4, 4),
    "blocks.0.attn.hook_pattern": (1, 2, 4, 4),
    "blocks.0.attn.hook_z": (1, 4, 2, 2),
    "blocks.0.attn.hook_result": (1, 4, 2, 8),
    "blocks.0.hook_attn_out": (1, 4, 8),
    "blocks.0.hook_resid_mid": (1, 4, 8),
    "blocks.0.mlp.expand.hook_pre": (1, 4, 12),
    "blocks.0.mlp.expand.hook_post": (1, 4, 12),
    "blocks.0.mlp.expand.hook_out": (1, 4, 12),
    "blocks.0.mlp.hook_pre": (1, 4, 11),
    "blocks.0.mlp.hook_post": (1, 4, 11),
    "blocks.0.hook_mlp_out": (1, 4, 8),
    "blocks.0.hook_resid_post": (1, 4, 8),
    "unembed.hook_in": (1, 4, 8),
    "unembed.hook_out": (1, 4, 2),
}


def test_hook_points_have_the_names_and_shapes_of_transformer_lens():
    logits, cache = Transformer(MODEL, n_layers=1).run_with_cache("START 1 0 1")
    assert {name: tuple(tensor.shape) for name, tensor in cache.items()} == SHAPES
    assert torch.equal(logits, cache["unembed.hook_out"])
    assert logits.argmax(-1).tolist() == [list(MODEL.run("START 1 0 1", 1).outputs)]


def test_a_cache_has_every_layer_that_its_input_takes():
    module = Transformer(MODEL)
    _, cache = module.run_with_cache([2, 1, 0, 1], names_filter=lambda name: "pattern" in name)
    layers = MODEL.run([2, 1, 0, 1]).n_layers
    assert [*cache] == [f"blocks.{layer}.attn.hook_pattern" for layer in range(layers)]
    assert module.cfg.n_layers == layers


def test_patching_an_activation_changes_what_comes_of_it():
    module = Transformer(MODEL, n_layers=2)

    def blind(pattern, hook):
        assert hook.name == "blocks.0.attn.hook_pattern"
        return torch.zeros_like(pattern)

    hooks = [("blocks.0.attn.hook_pattern", blind)]
    patched = module.run_with_hooks("START 1 1", fwd_hooks=hooks)
    assert not torch.equal(patched, module("START 1 1"))


def test_a_module_may_be_copied_and_moved():
    module = copy.deepcopy(Transformer(MODEL))
    module.to(torch.float64)
    assert module.run("START 1 1").outputs == MODEL.run("START 1 1").outputs
    assert module.to_model().dtype == "float64"


# --- refused --------------------------------------------------------------------------------------


def test_inputs_that_are_none_of_the_programs_are_refused():
    module = Transformer(MODEL)
    with pytest.raises(TokenError, match=r"token 3: .* has the tokens 0 … 2"):
        module(torch.tensor([[3]]))
    with pytest.raises(TokenError, match="takes at most 8 tokens, got 9"):
        module(torch.tensor([[2] * 9]))
    with pytest.raises(TokenError, match=r"expected integers of shape \(batch, position\)"):
        module(torch.tensor([[2.0]]))


# --- the way back ---------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_weights_come_back_bit_for_bit(name, dtype, tmp_path):
    try:
        model = alta.compile(alta.programs.get(name, **PROGRAMS[name][0]), dtype=dtype)
    except ModelError as error:
        pytest.skip(str(error))
    alta.export(model, tmp_path / "exported")
    load(tmp_path / "exported").save(tmp_path / "saved")
    for folder in ("exported", "saved"):
        back = alta.load(tmp_path / folder)
        assert bits(back) == bits(model)
        assert (back.program, back.layout, back.max_len) == (
            (model.program, model.layout, model.max_len)
        )


def test_bits_survive_the_way_through_a_tensor():
    bf16 = alta.compile(PROGRAM, dtype="bfloat16").weights.token_embedding
    for array in (np.float32([-0.0, np.nan, 1e-45]), bf16):
        assert array_of(tensor_of(array)).tobytes() == array.tobytes()


def test_what_is_changed_in_pytorch_is_refuted_with_an_input():
    module = Transformer(MODEL)
    with torch.no_grad():
        module.attn.W_V[0] = module.attn.W_V[0].flip(-1)
    report = verify(PROGRAM, module.to_model(), max_len=6)
    assert report.verdict is Verdict.REFUTED
    assert report.counterexample.replay()


def test_what_is_trained_without_effect_is_proved():
    module = Transformer(MODEL)
    optimiser = torch.optim.SGD(module.parameters(), lr=1e-3)
    tokens = torch.tensor([[2, 1, 0, 1]])
    target = torch.nn.functional.one_hot(torch.tensor([[0, 1, 1, 0]]), 2).float()
    # A model that is right has no loss, and so no gradient.
    loss = (module(tokens) - target).square().sum()
    loss.backward()
    optimiser.step()
    assert loss.item() == 0
    assert verify(PROGRAM, module.to_model(), max_len=6).proved


def test_pruned_and_rounded_weights_are_proved_where_they_compute_the_same():
    prune = pytest.importorskip("torch.nn.utils.prune")
    module = Transformer(MODEL)
    prune.l1_unstructured(module.mlp, "W_in", amount=1)
    changed = module.to_model()
    assert bits(changed) == bits(MODEL) or changed.weights.mlp.lookup_in.any()
    rounded = Transformer(MODEL).to(torch.bfloat16).to_model()
    assert rounded.dtype == "bfloat16"
    assert verify(PROGRAM, rounded, max_len=6).proved
    blank = Transformer(MODEL)
    prune.random_unstructured(blank.mlp, "W_out", amount=1.0)
    assert verify(PROGRAM, blank.to_model(), max_len=6).verdict is Verdict.REFUTED
