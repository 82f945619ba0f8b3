"""multilingual-e5-small as an ONNX graph of 8-bit products, which ONNX Runtime computes several times faster."""

from __future__ import annotations

from typing import Any, List

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from bot.nlu.components.e5_file import E5File, expand

# Weights are rounded to -63 to 63: whole bytes overflow on processors without VNNI, whose vectors would be others.
_LARGEST = 63
_OPSET = 17
_MICROSOFT = "com.microsoft"

INPUT, OUTPUT = "embedded", "mean"


def build_graph(file: E5File) -> bytes:
    """Return a model that takes `embedded` [1, tokens, width] and gives their `mean` [1, width] after all layers."""
    return _Builder(file).build()


class _Builder:
    def __init__(self, file: E5File) -> None:
        self._file = file
        self._nodes: List[Any] = []
        self._constants: List[Any] = []

    def build(self) -> bytes:
        file = self._file
        scale, shift = self._keep("emb.ln.w"), self._keep("emb.ln.b")
        hidden = self._add("LayerNormalization", [INPUT, scale, shift], "layer0", domain="", epsilon=file.epsilon)
        for number in range(file.layers):
            hidden = self._add_layer(f"l{number}.", hidden)
        self._add("ReduceMean", [hidden], OUTPUT, domain="", axes=[1], keepdims=0)
        graph = helper.make_graph(
            self._nodes, "e5",
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [1, "tokens", file.width])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, file.width])],
            self._constants,
        )  # fmt: skip
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
        return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())

    def _add_layer(self, name: str, hidden: str) -> str:
        file = self._file
        parts = [f"{name}{part}" for part in ("q", "k", "v")]
        together = self._multiply(hidden, parts, file.width, f"{name}qkv")
        self._nodes.append(helper.make_node("Split", [together], parts, axis=-1))
        attended = self._add("MultiHeadAttention", parts, f"{name}attended", num_heads=file.heads)
        out = self._multiply(attended, [f"{name}ao"], file.width, f"{name}out")
        hidden = self._add_and_norm(out, hidden, f"{name}aln")
        inner = self._multiply(hidden, [f"{name}fi"], file.width, f"{name}inner")
        outer = self._multiply(
            self._add("Gelu", [inner], f"{name}gelu"), [f"{name}fo"], file.inner, f"{name}outer"
        )  # fmt: skip
        return self._add_and_norm(outer, hidden, f"{name}oln")

    def _multiply(self, by: str, tensors: List[str], width: int, name: str) -> str:
        """Add the product with the tensors, one beside the other, whose rows are `width` wide."""
        weights = np.concatenate([expand(self._file.blocks(f"{tensor}.w", width)) for tensor in tensors])
        bias = np.concatenate([self._file.floats(f"{tensor}.b") for tensor in tensors])
        scales = np.maximum(np.abs(weights).max(axis=1), 1e-9).astype(np.float32) / _LARGEST
        whole = np.rint(weights / scales[:, np.newaxis]).astype(np.int8)
        constants = {"weights": whole.T, "scales": scales, "zeros": np.zeros(len(scales), np.int8), "bias": bias}
        inputs = [by, *(self._constant(f"{name}.{what}", array) for what, array in constants.items())]
        return self._add("DynamicQuantizeMatMul", inputs, name)

    def _add_and_norm(self, new: str, old: str, norm: str) -> str:
        inputs = [new, old, self._keep(f"{norm}.w"), self._keep(f"{norm}.b")]
        return self._add("SkipLayerNormalization", inputs, f"{norm}.out", epsilon=self._file.epsilon)

    def _add(self, kind: str, inputs: List[str], name: str, domain: str = _MICROSOFT, **options: Any) -> str:
        self._nodes.append(helper.make_node(kind, inputs, [name], domain=domain, **options))
        return name

    def _keep(self, tensor: str) -> str:
        return self._constant(tensor, self._file.floats(tensor))

    def _constant(self, name: str, array: np.ndarray) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name
