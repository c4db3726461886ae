"""The model as a module of PyTorch, with hook points under the names of TransformerLens.

It computes what `alta.nn.forward` computes, operation by operation and rounding by rounding, in
rows: shapes are (batch, position, …). Every layer uses the same weights, which are parameters of
the root; the blocks hold hook points, each layer its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, final

import numpy as np
import torch
from torch import Tensor, nn

from alta.errors import TokenError
from alta.exports import folder
from alta.exports.hooks import HookedRootModule, HookPoint
from alta.exports.layers import Block, Unembedding
from alta.exports.reading import read
from alta.exports.tensors import Form, tensors_of, weights_of
from alta.interp.run import Run
from alta.interp.tokens import Tokens, check_layers, check_tokens
from alta.lang.masks import Mask
from alta.nn.decoding import Decoding
from alta.nn.model import Model
from alta.nn.sparse import Array
from alta.nn.weights import ACCUMULATE

__all__ = ["Config", "Transformer", "load"]


def load(path: str | Path, n_layers: int | None = None) -> Transformer:
    """Returns the module of a model in a folder or file, any that `alta.load` reads.

    Args:
        path: the folder or the file.
        n_layers: how many layers every run takes; None for as many as the program says, or until
            it halts.

    Raises:
        ModelError: when something is missing, damaged, or does not fit.
    """
    return Transformer(read(Path(path)), n_layers)


@final
@dataclass(frozen=True)
class Config:
    """The sizes of a module, under the names of TransformerLens.

    Attributes:
        model_name: that of the program.
        n_layers: the blocks that there are; of a program that halts as many as a run took so far.
        n_heads: as many as `head_names`, in whose order they are stacked.
        d_model: the coordinates of the residual stream.
        d_head: the width of queries and keys.
        d_value: the width of values.
        d_mlp: the neurons that write.
        d_vocab: the tokens.
        d_vocab_out: the coordinates of the output variable.
        n_ctx: the longest input; None for any.
        act_fn: the activation.
        dtype: the format of the weights.
        head_names: the names of the heads.
        attn_only: False, since every layer has a feed-forward block.
    """

    model_name: str
    n_layers: int
    n_heads: int
    d_model: int
    d_head: int
    d_value: int
    d_mlp: int
    d_vocab: int
    d_vocab_out: int
    n_ctx: int | None
    act_fn: str
    dtype: torch.dtype
    head_names: tuple[str, ...]
    attn_only: bool = False

    @classmethod
    def of(cls, module: Transformer) -> Config:
        """Returns the sizes of a module as they are now."""
        learned = module.form.activation is not None
        neurons = module.mlp.layers.get_submodule("0").b if learned else module.mlp.b_in
        return cls(
            model_name=module.program.name,
            n_layers=len(module.blocks),
            n_heads=len(module.form.widths),
            d_model=module.layout.width,
            d_head=module.attn.W_Q.shape[2],
            d_value=module.attn.W_V.shape[2],
            d_mlp=len(neurons),
            d_vocab=module.program.input_range,
            d_vocab_out=module.W_U.shape[1],
            n_ctx=module.longest,
            act_fn=module.form.activation or "clip",
            dtype=module.dtype,
            head_names=tuple(module.form.widths),
        )


class _State(NamedTuple):
    """What a batch has come to: streams in a layer and after it, layers taken, and who halted."""

    attended: Tensor
    x: Tensor
    taken: Tensor
    halted: Tensor


@final
class Transformer(HookedRootModule):
    """A model as a module of PyTorch; its parameters are the model's weights, bit for bit.

    A run goes on until all positions of a sequence hold the halt value, or for the program's own
    number of layers; with `n_layers` it takes so many, whatever the halt says. Sequences of a batch
    that have halted keep their streams. Blocks are made when a run first gets to them, so hook
    points of layers that no run has taken are not there yet; `run_with_cache` and `run_with_hooks`
    make those that their input needs, and `grow` makes any number.

    Args:
        model: the model; None of it is shared.
        n_layers: how many layers every run takes; None for as many as the program says, or until
            it halts.
    """

    def __init__(self, model: Model, n_layers: int | None = None) -> None:
        super().__init__()
        self.program, self.layout, self.max_len = model.program, model.layout, model.max_len
        self.form, self.n_layers = Form.of(model.program, model.weights), n_layers
        tensors = tensors_of(model.weights, self.form)
        for name, array in tensors.items():
            _register(self, name, tensor_of(array))
        self._names = tuple(tensors)
        self.hook_embed, self.hook_pos_embed = HookPoint(), HookPoint()
        columns = model.layout.columns[model.program.output_name]
        self.unembed = Unembedding(columns, model.layout.width, self.dtype)
        self.blocks = nn.ModuleList()
        if n_layers is None and self.program.halt is None:
            n_layers = self.program.layer_bound(self.longest or 1)
        self.grow(n_layers or 0)

    @property
    def dtype(self) -> torch.dtype:
        """The format of weights and residual stream."""
        return self.embed.W_E.dtype

    @property
    def W_E(self) -> Tensor:  # noqa: N802 - as in TransformerLens
        """The embedding of tokens, (d_vocab, d_model)."""
        return self.embed.W_E

    @property
    def W_pos(self) -> Tensor:  # noqa: N802
        """The embedding of positions, (n_ctx, d_model); no rows for a program without any."""
        return self.pos_embed.W_pos

    @property
    def W_U(self) -> Tensor:  # noqa: N802
        """The matrix that selects the output's coordinates, (d_model, d_vocab_out)."""
        return self.unembed.W_U

    @property
    def cfg(self) -> Config:
        """The sizes, under the names of TransformerLens."""
        return Config.of(self)

    @property
    def longest(self) -> int | None:
        """The longest input; None for any."""
        bounds = [self.max_len, self.program.position_range]
        return min((bound for bound in bounds if bound is not None), default=None)

    @property
    def _decoding(self) -> Decoding:
        return Decoding(self.program, self.layout, str(self.dtype).removeprefix("torch."))

    def grow(self, n_layers: int) -> None:
        """Makes blocks, with their hook points, until there are so many."""
        for _ in range(len(self.blocks), n_layers):
            self.blocks.append(self._block())
        self.setup()

    def _block(self) -> Block:
        return Block(self.attn, self.mlp, self.form.activation)

    # --- running ----------------------------------------------------------------------------------

    def to_tokens(self, tokens: Tokens) -> Tensor:
        """Returns an input, token names or numbers, as a batch of one sequence."""
        return torch.tensor([check_tokens(self.program, tokens)], device=self.W_E.device)

    def forward(
        self,
        tokens: Tensor | Tokens,
        max_layers: int | None = None,
        attention_mask: Tensor | None = None,
    ) -> Tensor:
        """Returns the logits, (batch, position, d_vocab_out): the output variable's coordinates.

        Args:
            tokens: (batch, position) or one sequence, or token names.
            max_layers: the most layers to take, where the module has no number of its own.
            attention_mask: which positions are no padding, (batch, position); None for all.
        """
        # Not a list of all states: those of a long run would be kept.
        x = None
        for state in self._course(tokens, max_layers, attention_mask):
            x = state.x
        return self.unembed(x)

    def _course(
        self,
        tokens: Tensor | Tokens,
        max_layers: int | None = None,
        attention_mask: Tensor | None = None,
        *,
        hooked: bool = True,
    ) -> Iterator[_State]:
        """Yields the state before the first layer and after each."""
        numbers = self._checked(tokens)
        valid = torch.ones_like(numbers, dtype=torch.bool)
        if attention_mask is not None:
            valid = attention_mask.to(torch.bool)
        bound = self.n_layers
        if bound is None:
            bound = check_layers(self.program, numbers.shape[1], max_layers)
        wide = getattr(torch, ACCUMULATE[str(self.dtype).removeprefix("torch.")])
        allowed = self._allowed(numbers.shape[1])[None] & valid[:, None, None, :]
        x, plain = self._embedded(numbers, hooked), self._block()
        halted, count = self._halted(x, valid), 0
        taken = torch.zeros_like(halted, dtype=torch.int64)
        yield _State(x, x, taken, halted)
        # With a number of layers of its own, a module does not ask whether it has halted.
        while (bound is None or count < bound) and (
            self.n_layers is not None or not bool(halted.all())
        ):
            if hooked and count == len(self.blocks):
                self.grow(count + 1)
            block = self.blocks[count] if hooked else plain
            moving = torch.ones_like(halted) if self.n_layers is not None else ~halted
            attended, x = block(x, allowed, valid, moving, wide)
            taken, count = taken + moving, count + 1
            # Who has stopped stays so.
            halted = halted | self._halted(x, valid)
            yield _State(attended, x, taken, halted)

    def _checked(self, tokens: Tensor | Tokens) -> Tensor:
        numbers = tokens if isinstance(tokens, Tensor) else self.to_tokens(tokens)
        numbers = numbers[None] if numbers.ndim == 1 else numbers
        if numbers.ndim != 2 or numbers.is_floating_point():
            raise TokenError(
                f"tokens: expected integers of shape (batch, position), got {numbers.dtype} of "
                f"shape {tuple(numbers.shape)}"
            )
        wrong = numbers[(numbers < 0) | (numbers >= self.program.input_range)]
        if len(wrong):
            raise TokenError(
                f"token {int(wrong[0])}: {self.program.name!r} has the tokens "
                f"0 … {self.program.input_range - 1}"
            )
        if self.longest is not None and numbers.shape[1] > self.longest:
            raise TokenError(
                f"the model takes at most {self.longest} tokens, got {numbers.shape[1]}; compile "
                "and export it for longer ones"
            )
        return numbers

    def _embedded(self, numbers: Tensor, hooked: bool) -> Tensor:
        x = self.W_E[numbers]
        x = self.hook_embed(x) if hooked else x
        if not len(self.W_pos):
            return x
        positions = self.W_pos[: numbers.shape[1]].expand(*x.shape)
        return x + (self.hook_pos_embed(positions) if hooked else positions)

    def _allowed(self, length: int) -> Tensor:
        """Says for each head, position and other position whether the mask lets it be read."""
        positions = torch.arange(length, device=self.W_E.device)
        distances = positions[None, :] - positions[:, None]
        masks = [head.mask for head in self.program.heads.values()]
        rows = [_within(mask, distances) for mask in masks]
        return torch.stack(rows) if rows else distances.new_zeros((0, length, length)).bool()

    def _halted(self, x: Tensor, valid: Tensor) -> Tensor:
        halt = self._decoding.halt
        if halt is None:
            return torch.zeros_like(valid[:, 0])
        held, code = x[..., list(halt.columns)], torch.tensor(halt.code, device=x.device)
        equal = held == code.to(x.dtype) if halt.exact else (held > 0.5) == (code > 0.5)
        return (equal.all(-1) | ~valid).all(-1)

    @torch.no_grad()
    def run(self, tokens: Tokens, max_layers: int | None = None) -> Run:
        """Runs one input and decodes it; arguments, result and errors as for `alta.run`."""
        states = list(self._course(tokens, max_layers, hooked=False))
        # Decoded when somebody looks at it, and kept, since weights may change until then.
        streams = _streams(states)
        columns, decoding = self.layout.columns[self.program.output_name], self._decoding
        return Run(
            program=self.program,
            tokens=check_tokens(self.program, tokens),
            outputs=decoding.outputs(streams[-1][:, list(columns)]),
            n_layers=int(states[-1].taken[0]),
            halted=bool(states[-1].halted[0]),
            make_trace=lambda: decoding.trace(streams),
        )

    @torch.no_grad()
    def residual_streams(self, tokens: Tokens, max_layers: int | None = None) -> list[Array]:
        """Returns the residual streams of a run, (position, d_model): the first, then two a layer.

        Args:
            tokens: one input.
            max_layers: the most layers to take.
        """
        return _streams(list(self._course(tokens, max_layers, hooked=False)))

    # Hook points have to be there before hooks are put on them.
    def run_with_cache(self, *arguments: Any, **options: Any) -> Any:
        """Runs the module, and returns the logits with all activations by the names of hooks."""
        self._prepare(*arguments, **options)
        return super().run_with_cache(*arguments, **options)

    def run_with_hooks(self, *arguments: Any, **options: Any) -> Any:
        """Runs the module with functions called at hook points; returns the logits."""
        self._prepare(*arguments, **options)
        return super().run_with_hooks(*arguments, **options)

    @torch.no_grad()
    def _prepare(
        self,
        tokens: Tensor | Tokens,
        max_layers: int | None = None,
        attention_mask: Tensor | None = None,
        **_: Any,
    ) -> None:
        if self.n_layers is None:
            course = self._course(tokens, max_layers, attention_mask, hooked=False)
            self.grow(sum(1 for _ in course) - 1)

    # --- the way back -----------------------------------------------------------------------------

    def to_model(self) -> Model:
        """Returns the model of the weights as they are used now, to run in JAX, and to be verified.

        Raises:
            ModelError: when parameters were given shapes or formats that do not fit.
        """
        # As they are used, which is not as they are stored where something is pruned.
        tensors = {name: array_of(_used(self, name)) for name in self._names}
        weights = weights_of(tensors, self.form, self.program, self.layout, "module")
        model = Model(self.program, weights, self.layout, self.max_len)
        model.check()
        return model

    def save(self, directory: str | Path) -> None:
        """Writes what `load` and `alta.load` read."""
        model = self.to_model()
        folder.write_folder(model, Path(directory), folder.config_of(model))


def tensor_of(array: Array) -> Tensor:
    """Returns a tensor of the same bits, on memory of its own."""
    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.view(np.int16).copy()).view(torch.bfloat16)
    return torch.from_numpy(np.array(array, order="C"))


def array_of(tensor: Tensor) -> Array:
    """Returns an array of the same bits, on memory of its own."""
    tensor = tensor.detach().cpu().contiguous()
    if tensor.dtype != torch.bfloat16:
        return np.array(tensor.numpy())
    import ml_dtypes

    return np.array(tensor.view(torch.int16).numpy()).view(ml_dtypes.bfloat16)


def _register(root: nn.Module, name: str, tensor: Tensor) -> None:
    """Makes a parameter of a dotted name, and the modules that it stands in."""
    *path, last = name.split(".")
    for part in path:
        if part not in root._modules:
            root.add_module(part, nn.Module())
        root = root.get_submodule(part)
    root.register_parameter(last, nn.Parameter(tensor))


def _used(root: nn.Module, name: str) -> Tensor:
    path, _, last = name.rpartition(".")
    return getattr(root.get_submodule(path), last)


def _streams(states: Sequence[_State]) -> list[Array]:
    first, *layers = states
    pairs = [tensor[0] for state in layers for tensor in (state.attended, state.x)]
    return [array_of(tensor) for tensor in (first.x[0], *pairs)]


def _within(mask: Mask, distances: Tensor) -> Tensor:
    if mask.everywhere:
        return torch.ones_like(distances, dtype=torch.bool)
    if mask.last is not None:
        return distances <= mask.last
    # Offsets beyond the ends select nothing, and need not fit an integer of PyTorch.
    listed = [offset for offset in mask.listed or () if abs(offset) < len(distances)]
    return torch.isin(distances, torch.tensor(listed, dtype=distances.dtype).to(distances.device))
