"""Layers: the modules of PyTorch that a model's layers consist of, with their hook points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn

from alta.exports.hooks import HookPoint

__all__ = ["Block", "Unembedding"]

_ACTIVATIONS: Final = {
    "relu": torch.relu,
    "gelu": lambda x: nn.functional.gelu(x, approximate="tanh"),
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


class _Layer(nn.Module):
    """A part of one layer: hook points of its own, and parameters that are those of the root."""

    def __init__(self, weights: nn.Module, *hooks: str) -> None:
        super().__init__()
        # Not registered here, so that each parameter has one name, and is saved once.
        self.__dict__["_weights"] = weights
        for hook in hooks:
            self.add_module(f"hook_{hook}", HookPoint())

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            # Not always a parameter: pruning and parametrisations put what they make in its place.
            return getattr(self.__dict__["_weights"], name)


class _Attention(_Layer):
    """The heads of one layer."""

    def __init__(self, weights: nn.Module) -> None:
        super().__init__(weights, "q", "k", "v", "attn_scores", "pattern", "z", "result")

    def forward(self, x: Tensor, allowed: Tensor, valid: Tensor, wide: torch.dtype) -> Tensor:
        """Returns what all heads add, in the format of sums; `allowed` is (batch, head, i, j)."""
        # Queries, keys and values are rounded to the format, as the theorem has them.
        query, key, value = (
            hook(_summed("bid,hdk->bihk", x, matrix, wide).to(x.dtype))
            for hook, matrix in (
                (self.hook_q, self.W_Q),
                (self.hook_k, self.W_K),
                (self.hook_v, self.W_V),
            )
        )
        scores = _summed("bihk,bjhk->bhij", query, key, wide)
        scores = self.hook_attn_scores(scores.masked_fill(~allowed, -torch.inf))
        # Softmax is the same for scores less their maximum; a row with nothing left is 0.
        top = scores.amax(-1, keepdim=True)
        powers = torch.exp(scores - torch.where(torch.isfinite(top), top, 0))
        total = powers.sum(-1, keepdim=True)
        # Weights are rounded to the format of the values before they multiply them.
        pattern = self.hook_pattern((powers / torch.where(total == 0, 1, total)).to(x.dtype))
        # Padding may hold any numbers, even infinite ones, which no weight of 0 silences.
        value = torch.where(valid[:, :, None, None], value, 0)
        read = self.hook_z(_summed("bhij,bjhv->bihv", pattern, value, wide).to(x.dtype))
        return self.hook_result(_summed("bihv,hvd->bihd", read, self.W_O, wide)).sum(-2)


class _CompiledMLP(_Layer):
    """The compiled feed-forward block of one layer: conditions, their sums, and neurons."""

    def __init__(self, weights: nn.Module) -> None:
        super().__init__(weights, "pre", "post")
        self.expand = _Layer(weights.get_submodule("expand"), "pre", "post", "out")

    def forward(self, x: Tensor, wide: torch.dtype) -> Tensor:
        """Returns what the block adds, in the format of sums."""
        # Every intermediate is rounded to the format of the weights, as the encodings assume.
        first = self.expand
        pre = first.hook_pre(_affine(x, first.W_in, first.b_in, wide))
        hidden = first.hook_post(_clipped(pre).to(x.dtype))
        expanded = first.hook_out(_affine(hidden, first.W_out, first.b_out, wide).to(x.dtype))
        pre = self.hook_pre(_affine(expanded, self.W_in, self.b_in, wide))
        fired = self.hook_post(_clipped(pre).to(x.dtype))
        return _affine(fired, self.W_out, self.b_out, wide)


class _LearnedMLP(nn.Module):
    """A learned block of one layer, which stays in the format of sums between its matrices."""

    def __init__(self, weights: nn.Module, activation: str) -> None:
        super().__init__()
        *hidden, last = weights.get_submodule("layers").children()
        layers = [_Layer(parameters, "pre", "post") for parameters in hidden]
        self.layers = nn.ModuleList([*layers, _Layer(last)])
        self._activate = _ACTIVATIONS[activation]

    def forward(self, x: Tensor, wide: torch.dtype) -> Tensor:
        """Returns what the block adds, in the format of sums."""
        *hidden, last = self.layers
        for layer in hidden:
            pre = layer.hook_pre(_affine(x, layer.W, layer.b, wide))
            x = layer.hook_post(self._activate(pre))
        return _affine(x, last.W, last.b, wide)


class Block(nn.Module):
    """One layer."""

    def __init__(self, attention: nn.Module, mlp: nn.Module, activation: str | None) -> None:
        super().__init__()
        for name in ("resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"):
            self.add_module(f"hook_{name}", HookPoint())
        self.attn = _Attention(attention)
        self.mlp = _CompiledMLP(mlp) if activation is None else _LearnedMLP(mlp, activation)

    def forward(
        self, x: Tensor, allowed: Tensor, valid: Tensor, moving: Tensor, wide: torch.dtype
    ) -> tuple[Tensor, Tensor]:
        """Returns the streams after attention and after the layer; who does not move keeps its."""
        x = self.hook_resid_pre(x)
        # What all heads add is summed with the stream in the wide format, and stored once.
        added = self.hook_attn_out(self.attn(x, allowed, valid, wide))
        attended = self.hook_resid_mid((x.to(wide) + added).to(x.dtype))
        added = self.hook_mlp_out(self.mlp(attended, wide))
        after = (attended.to(wide) + added).to(x.dtype)
        return attended, self.hook_resid_post(torch.where(moving[:, None, None], after, x))


class Unembedding(nn.Module):
    """The coordinates of the output variable, as a matrix that only selects; it has no weights."""

    def __init__(self, columns: Sequence[int], d_model: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.hook_in, self.hook_out = HookPoint(), HookPoint()
        selection = torch.zeros((d_model, len(columns)), dtype=dtype)
        selection[list(columns), range(len(columns))] = 1
        # Not a part of the saved weights, since it is the layout's.
        self.register_buffer("W_U", selection, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Returns the logits of each position; 1 and 0 of a category, a number as it is."""
        return self.hook_out(self.hook_in(x) @ self.W_U)


def _summed(subscripts: str, a: Tensor, b: Tensor, wide: torch.dtype) -> Tensor:
    # The factors are widened first, which is exact, and summed in the wide format.
    return torch.einsum(subscripts, a.to(wide), b.to(wide))


def _affine(x: Tensor, matrix: Tensor, bias: Tensor, wide: torch.dtype) -> Tensor:
    return x.to(wide) @ matrix.to(wide) + bias.to(wide)


def _clipped(x: Tensor) -> Tensor:
    return x.clamp(0, 1)
