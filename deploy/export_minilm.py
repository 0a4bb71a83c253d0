"""Writes all-MiniLM-L6-v2 as an ONNX graph, f32, pooled and normalised.

The package index carries the model as safetensors only. The graph uses ONNX Runtime's fused operators
(com.microsoft Attention, SkipLayerNormalization, BiasGelu), which its own optimiser would put there.

    python3 export_minilm.py SAFETENSORS OUTPUT
"""

import json
import struct
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LAYERS, HEADS, WIDTH = 6, 12, 384


def load(path):
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(data[begin:end], np.float32).reshape(entry["shape"])
    return tensors


def build(weights):
    nodes, constants = [], []

    def constant(name, value):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(operator, inputs, output, domain="", **attributes):
        nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def weight(name):
        return constant(name, weights[name])

    def fused(operator, inputs, output, **attributes):
        return node(operator, inputs, output, domain="com.microsoft", **attributes)

    mask = node("Cast", ["attention_mask"], "mask_i32", to=TensorProto.INT32)
    words = node("Gather", [weight("embeddings.word_embeddings.weight"), "input_ids"], "words")
    length = node("Shape", ["input_ids"], "length", start=1, end=2)
    first = constant("first", np.array([0], np.int64))
    table = weight("embeddings.position_embeddings.weight")
    places = node("Slice", [table, first, length, first], "places")
    # Every token is of segment 0.
    segment = constant("segment", weights["embeddings.token_type_embeddings.weight"][0])
    placed = node("Add", [places, segment], "placed")
    summed = node("Add", [words, placed], "summed")
    hidden = node(
        "LayerNormalization",
        [summed, weight("embeddings.LayerNorm.weight"), weight("embeddings.LayerNorm.bias")],
        "embedded",
        axis=-1,
        epsilon=1e-12,
    )
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        packed = constant(f"{name}.qkv.weight", np.concatenate([weights[f"{p}.weight"].T for p in parts], axis=1))
        biases = constant(f"{name}.qkv.bias", np.concatenate([weights[f"{p}.bias"] for p in parts]))
        attended = fused("Attention", [hidden, packed, biases, mask], f"{name}.attended", num_heads=HEADS)

        def dense(inputs, part, output):
            matrix = constant(f"{name}.{part}.weight", weights[f"{name}.{part}.weight"].T)
            return node("MatMul", [inputs, matrix], output)

        def skip(inputs, part, output):
            return fused(
                "SkipLayerNormalization",
                [
                    inputs,
                    hidden,
                    weight(f"{name}.{part}.LayerNorm.weight"),
                    weight(f"{name}.{part}.LayerNorm.bias"),
                    weight(f"{name}.{part}.dense.bias"),
                ],
                output,
                epsilon=1e-12,
            )

        projected = dense(attended, "attention.output.dense", f"{name}.projected")
        hidden = skip(projected, "attention.output", f"{name}.mixed")
        wide = dense(hidden, "intermediate.dense", f"{name}.wide")
        active = fused("BiasGelu", [wide, weight(f"{name}.intermediate.dense.bias")], f"{name}.active")
        narrow = dense(active, "output.dense", f"{name}.narrow")
        hidden = skip(narrow, "output", f"{name}.out")

    weights_mask = node("Cast", ["attention_mask"], "mask_f32", to=TensorProto.FLOAT)
    column = node("Unsqueeze", [weights_mask, constant("axis_last", np.array([2], np.int64))], "mask_column")
    masked = node("Mul", [hidden, column], "masked")
    axis = constant("axis_tokens", np.array([1], np.int64))
    total = node("ReduceSum", [masked, axis], "total", keepdims=0)
    count = node("ReduceSum", [column, axis], "count", keepdims=0)
    mean = node("Div", [total, count], "mean")
    node("LpNormalization", [mean], "sentence_embedding", axis=-1, p=2)

    integers = [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "tokens"]) for n in ("input_ids", "attention_mask")]
    output = helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["batch", WIDTH])
    graph = helper.make_graph(nodes, "all-MiniLM-L6-v2", integers, [output], constants)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def main():
    source, target = sys.argv[1:]
    onnx.save(build(load(source)), target)


main()
