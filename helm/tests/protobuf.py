"""Helm's own Secrets come as protobuf: what is needed to read one, and no more."""

import base64


def fields(data):
    """Number and value of each field of a message: bytes or an integer."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
        elif tag & 7 == 2:
            length = varint()
            yield tag >> 3, data[at : at + length]
            at += length
        else:
            raise ValueError(f"wire type {tag & 7}")


def entries(message, number):
    """A map of texts to bytes."""
    pairs = (dict(fields(value)) for key, value in fields(message) if key == number)
    return {pair[1].decode(): pair.get(2, b"") for pair in pairs}


def secret_of(data):
    """A Secret out of its envelope, as JSON has it. Numbers are those of the API's generated.proto."""
    envelope = dict(fields(data[4:]))
    kind = dict(fields(envelope[1])).get(2, b"").decode()
    if kind != "Secret":
        # Such as DeleteOptions, which the stand-in does not look at.
        return {}
    raw = dict(fields(envelope[2]))
    meta = dict(fields(raw[1]))
    names = {1: "name", 3: "namespace", 6: "resourceVersion"}
    metadata = {name: meta[number].decode() for number, name in names.items() if meta.get(number)}
    metadata["labels"] = {key: value.decode() for key, value in entries(raw[1], 11).items()}
    content = {key: base64.b64encode(value).decode() for key, value in entries(envelope[2], 2).items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": content, "type": raw[3].decode()}
