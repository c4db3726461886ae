"""Weights of which one array is changed."""

from dataclasses import replace

from alta.nn.weights import named


def changed(weights, name, change):
    """Returns the weights with one array changed."""
    names = [array_name for array_name, _ in named(weights)]
    assert name in names
    arrays = {
        array_name: change(array) if array_name == name else array
        for array_name, array in named(weights)
    }
    heads = {
        head: replace(
            old,
            **{
                part: arrays[f"heads.{head}.{part}"] for part in ("query", "key", "value", "output")
            },
        )
        for head, old in weights.heads.items()
    }
    mlp = replace(weights.mlp, **{key[4:]: arrays[key] for key in names if key[:4] == "mlp."})
    return replace(
        weights,
        token_embedding=arrays["token_embedding"],
        position_embedding=arrays["position_embedding"],
        heads=heads,
        mlp=mlp,
    )
