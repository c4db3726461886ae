"""Hook points: those of TransformerLens where that is installed, and else ones that suffice.

A hook point is a module that returns its argument, so that functions can look at an activation or
replace it. Both kinds call a hook as ``hook(tensor, hook=point)`` and take what it returns, unless
that is None, in place of the tensor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

__all__ = ["HookPoint", "HookedRootModule"]

Hook = Callable[..., Any]


class _Point(nn.Module):
    """A named place in a computation at which hooks are called."""

    def __init__(self) -> None:
        super().__init__()
        self.name: str | None = None
        self._handles: list[Any] = []

    def add_hook(self, hook: Hook, dir: str = "fwd") -> None:  # noqa: A002 - as in TransformerLens
        """Adds a hook, which is called after those that are there."""
        if dir == "fwd":
            forward = lambda _module, _input, output: hook(output, hook=self)  # noqa: E731
            self._handles.append(self.register_forward_hook(forward))
        elif dir == "bwd":

            def backward(_module: Any, _input: Any, gradients: Any) -> Any:
                result = hook(gradients[0], hook=self)
                return result if result is None or isinstance(result, tuple) else (result,)

            self._handles.append(self.register_full_backward_hook(backward))
        else:
            raise ValueError(f"dir={dir!r}: expected 'fwd' or 'bwd'")

    def remove_hooks(self) -> None:
        """Removes all hooks."""
        while self._handles:
            self._handles.pop().remove()

    def layer(self) -> int:
        """Returns the layer of a hook point in a block."""
        return int(str(self.name).split(".")[1])

    def forward(self, activation: Tensor) -> Tensor:
        """Returns the activation, which hooks may then replace."""
        return activation


class _Root(nn.Module):
    """A module with hook points by name."""

    def setup(self) -> None:
        """Names the hook points; to be called once all modules are there."""
        self.mod_dict = {name: module for name, module in self.named_modules() if name}
        self.hook_dict = {n: m for n, m in self.mod_dict.items() if isinstance(m, _Point)}
        for name, module in self.mod_dict.items():
            module.name = name

    def add_hook(self, name: str | Callable[[str], bool], hook: Hook, dir: str = "fwd") -> None:  # noqa: A002
        """Adds a hook to the point of a name, or to all whose names a function accepts."""
        for point in self._points(name):
            point.add_hook(hook, dir)

    def _points(self, name: str | Callable[[str], bool]) -> list[_Point]:
        if callable(name):
            return [point for key, point in self.hook_dict.items() if name(key)]
        return [self.hook_dict[name]]

    def reset_hooks(self) -> None:
        """Removes all hooks from all points."""
        for point in self.hook_dict.values():
            point.remove_hooks()

    @contextmanager
    def hooks(
        self,
        fwd_hooks: Sequence[tuple[Any, Hook]] = (),
        bwd_hooks: Sequence[tuple[Any, Hook]] = (),
        reset_hooks_end: bool = True,
    ) -> Iterator[Any]:
        """Adds hooks for a while, pairs of a name and a function."""
        try:
            for direction, pairs in (("fwd", fwd_hooks), ("bwd", bwd_hooks)):
                for name, hook in pairs:
                    self.add_hook(name, hook, direction)
            yield self
        finally:
            if reset_hooks_end:
                self.reset_hooks()

    def run_with_hooks(
        self,
        *arguments: Any,
        fwd_hooks: Sequence[tuple[Any, Hook]] = (),
        bwd_hooks: Sequence[tuple[Any, Hook]] = (),
        reset_hooks_end: bool = True,
        **options: Any,
    ) -> Any:
        """Runs the module with some hooks."""
        with self.hooks(fwd_hooks, bwd_hooks, reset_hooks_end):
            return self(*arguments, **options)

    def run_with_cache(
        self,
        *arguments: Any,
        names_filter: str | Sequence[str] | Callable[[str], bool] | None = None,
        remove_batch_dim: bool = False,
        **options: Any,
    ) -> tuple[Any, dict[str, Tensor]]:
        """Runs the module, and returns the result with the activations at hook points, by name."""
        cache: dict[str, Tensor] = {}

        def keep(activation: Tensor, hook: Any) -> None:
            kept = activation.detach()
            cache[hook.name] = kept[0] if remove_batch_dim else kept

        def wanted(name: str) -> bool:
            if names_filter is None or callable(names_filter):
                return names_filter is None or names_filter(name)
            return name == names_filter if isinstance(names_filter, str) else name in names_filter

        with self.hooks([(wanted, keep)]):
            return self(*arguments, **options), cache


# To mypy they are ours, whatever is installed.
if TYPE_CHECKING or find_spec("transformer_lens") is None:
    HookPoint = _Point
    HookedRootModule = _Root
else:
    import transformer_lens
    from transformer_lens import hook_points

    HookPoint = hook_points.HookPoint
    # Before version 4 it was in the module of hook points.
    HookedRootModule = getattr(transformer_lens, "HookedRootModule", None)
    HookedRootModule = HookedRootModule or hook_points.HookedRootModule
