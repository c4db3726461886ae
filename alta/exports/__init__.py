"""Exports: models as PyTorch, ONNX and Hugging Face have them, and the way back.

`alta.exports.torch` has the module for PyTorch, and `alta.exports.onnx` runs graphs; each needs the
extra of its name. `alta.export` writes, and `alta.load` reads.
"""
