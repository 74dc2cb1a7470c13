"""A language model of 100 kB that llama.cpp opens: one block, 32 wide, random weights.

Its header has every part that a published model's has, so that mutations of it reach the same code.
"""

from __future__ import annotations

import random
import struct

TEMPLATE = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
_WIDTH, _HIDDEN = 32, 64
_U32, _F32, _STRING, _ARRAY = 4, 6, 8, 9
_ALIGNMENT = 32


def small_model() -> bytes:
    """The whole file."""
    tokens = _tokens()
    fields = [
        _field("general.architecture", _STRING, _text("llama")),
        _field("llama.context_length", _U32, struct.pack("<I", 2048)),
        _field("llama.embedding_length", _U32, struct.pack("<I", _WIDTH)),
        _field("llama.block_count", _U32, struct.pack("<I", 1)),
        _field("llama.feed_forward_length", _U32, struct.pack("<I", _HIDDEN)),
        _field("llama.attention.head_count", _U32, struct.pack("<I", 4)),
        _field("llama.attention.head_count_kv", _U32, struct.pack("<I", 2)),
        _field("llama.rope.dimension_count", _U32, struct.pack("<I", 8)),
        _field("llama.attention.layer_norm_rms_epsilon", _F32, struct.pack("<f", 1e-5)),
        _field("tokenizer.ggml.model", _STRING, _text("gpt2")),
        _field("tokenizer.ggml.pre", _STRING, _text("smollm")),
        _field("tokenizer.ggml.tokens", _ARRAY, _texts(tokens)),
        _field("tokenizer.ggml.token_type", _ARRAY, _numbers([3, 3] + [1] * (len(tokens) - 2))),
        _field("tokenizer.ggml.merges", _ARRAY, _texts(["a b", "t h", "th e"])),
        _field("tokenizer.ggml.bos_token_id", _U32, struct.pack("<I", 0)),
        _field("tokenizer.ggml.eos_token_id", _U32, struct.pack("<I", 1)),
        _field("tokenizer.chat_template", _STRING, _text(TEMPLATE)),
    ]
    tensors, data = _tensors(len(tokens))
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(fields))
    head += b"".join(fields) + b"".join(tensors)
    return head + b"\0" * (-len(head) % _ALIGNMENT) + data


def header_size(model: bytes) -> int:
    """Bytes before the weights, roughly: up to the end of the last tensor's description."""
    return model.index(b"output_norm.weight") + 48


def _tokens() -> list[str]:
    """Two markers, the 256 bytes as GPT-2 spells them, three merged tokens."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    spelled = [chr(byte) for byte in printable]
    spelled += [chr(256 + number) for number in range(len(others))]
    return ["<|begin|>", "<|end|>", *spelled, "ab", "th", "the"]


def _tensors(vocabulary: int) -> tuple[list[bytes], bytes]:
    key_width = _WIDTH // 2
    shapes = {
        "token_embd.weight": (_WIDTH, vocabulary),
        "blk.0.attn_norm.weight": (_WIDTH,),
        "blk.0.attn_q.weight": (_WIDTH, _WIDTH),
        "blk.0.attn_k.weight": (_WIDTH, key_width),
        "blk.0.attn_v.weight": (_WIDTH, key_width),
        "blk.0.attn_output.weight": (_WIDTH, _WIDTH),
        "blk.0.ffn_norm.weight": (_WIDTH,),
        "blk.0.ffn_gate.weight": (_WIDTH, _HIDDEN),
        "blk.0.ffn_up.weight": (_WIDTH, _HIDDEN),
        "blk.0.ffn_down.weight": (_HIDDEN, _WIDTH),
        "output_norm.weight": (_WIDTH,),
    }
    source = random.Random(1)
    descriptions, data = [], b""
    for name, shape in shapes.items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        sizes = struct.pack(f"<{len(shape)}Q", *shape)
        description = _text(name) + struct.pack("<I", len(shape)) + sizes
        descriptions.append(description + struct.pack("<IQ", 0, len(data)))
        data += struct.pack(f"<{count}f", *(source.uniform(-0.1, 0.1) for _ in range(count)))
        data += b"\0" * (-len(data) % _ALIGNMENT)
    return descriptions, data


def _field(key: str, kind: int, value: bytes) -> bytes:
    return _text(key) + struct.pack("<I", kind) + value


def _text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def _texts(values: list[str]) -> bytes:
    return struct.pack("<IQ", _STRING, len(values)) + b"".join(map(_text, values))


def _numbers(values: list[int]) -> bytes:
    return struct.pack(f"<IQ{len(values)}i", 5, len(values), *values)
