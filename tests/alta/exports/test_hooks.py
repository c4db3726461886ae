"""Hook points call hooks in turn, take what they return, and forget them."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: hook points are not tested")

pytestmark = pytest.mark.campaign

from alta.exports.hooks import HookedRootModule, HookPoint  # noqa: E402


class Doubling(HookedRootModule):
    def __init__(self):
        super().__init__()
        self.hook_in, self.hook_out = HookPoint(), HookPoint()
        self.setup()

    def forward(self, x, factor=2):
        return self.hook_out(factor * self.hook_in(x))


X = torch.tensor([[1.0, 2.0]])


def test_a_hook_that_returns_a_tensor_replaces_the_activation():
    module = Doubling()
    hooks = [
        ("hook_in", lambda x, hook: x + 1),
        (lambda name: name == "hook_in", lambda x, hook: -x),
    ]
    assert module.run_with_hooks(X, fwd_hooks=hooks).tolist() == [[-4, -6]]
    # They are gone.
    assert module(X).tolist() == [[2, 4]]


def test_a_cache_has_the_activations_by_name():
    module = Doubling()
    result, cache = module.run_with_cache(X, factor=3)
    assert result.tolist() == [[3, 6]]
    assert {name: tensor.tolist() for name, tensor in cache.items()} == {
        "hook_in": [[1, 2]],
        "hook_out": [[3, 6]],
    }
    _, cache = module.run_with_cache(X, names_filter="hook_out", remove_batch_dim=True)
    assert [(name, tensor.tolist()) for name, tensor in cache.items()] == [("hook_out", [2, 4])]
    _, cache = module.run_with_cache(X, names_filter=["hook_in"])
    assert [*cache] == ["hook_in"]


def test_hooks_may_stay_and_be_reset():
    module, seen = Doubling(), []
    module.add_hook("hook_out", lambda x, hook: seen.append(hook.name))
    module(X)
    module(X)
    module.reset_hooks()
    module(X)
    assert seen == ["hook_out", "hook_out"]


def test_a_hook_backward_sees_the_gradient():
    module, seen = Doubling(), []
    x = X.clone().requires_grad_()
    with module.hooks(bwd_hooks=[("hook_in", lambda g, hook: seen.append(g.tolist()))]):
        module(x).sum().backward()
    assert seen == [[[2, 2]]]
    assert x.grad.tolist() == [[2, 2]]


def test_an_unknown_name_is_refused():
    with pytest.raises(KeyError, match="hook_mid"):
        Doubling().add_hook("hook_mid", lambda x, hook: None)
