"""Language models of 100 kB that llama.cpp opens: one block or two, 32 wide, random weights.

A header has every part that a published model's has, so that mutations of it reach the same code.
"""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Mapping, Sequence

TEMPLATE = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
_WIDTH, _HIDDEN = 32, 64
_U32, _F32, _STRING, _ARRAY = 4, 6, 8, 9
_ALIGNMENT = 32
_FEED_FORWARD: Mapping[str, tuple[int, ...]] = {
    "ffn_norm.weight": (_WIDTH,),
    "ffn_gate.weight": (_WIDTH, _HIDDEN),
    "ffn_up.weight": (_WIDTH, _HIDDEN),
    "ffn_down.weight": (_HIDDEN, _WIDTH),
}


def small_model() -> bytes:
    """A file with plain attention."""
    key_width = _WIDTH // 2
    fields = {
        "feed_forward_length": _HIDDEN,
        "attention.head_count": 4,
        "attention.head_count_kv": 2,
        "rope.dimension_count": 8,
        "attention.layer_norm_rms_epsilon": 1e-5,
    }
    shapes = {
        "attn_norm.weight": (_WIDTH,),
        "attn_q.weight": (_WIDTH, _WIDTH),
        "attn_k.weight": (_WIDTH, key_width),
        "attn_v.weight": (_WIDTH, key_width),
        "attn_output.weight": (_WIDTH, _WIDTH),
        **_FEED_FORWARD,
    }
    return _file("llama", fields, [shapes], {"output_norm.weight": (_WIDTH,)})


def recurrent_model() -> bytes:
    """A file without attention (Mamba), whose state is that of the last token."""
    inner, state, rank, kernel = 2 * _WIDTH, 16, 2, 4
    fields = {
        "feed_forward_length": 0,
        "attention.head_count": 0,
        "ssm.conv_kernel": kernel,
        "ssm.inner_size": inner,
        "ssm.state_size": state,
        "ssm.time_step_rank": rank,
        "attention.layer_norm_rms_epsilon": 1e-5,
    }
    shapes = {
        "attn_norm.weight": (_WIDTH,),
        "ssm_in.weight": (_WIDTH, 2 * inner),
        "ssm_conv1d.weight": (kernel, inner),
        "ssm_conv1d.bias": (inner,),
        "ssm_x.weight": (inner, rank + 2 * state),
        "ssm_dt.weight": (rank, inner),
        "ssm_dt.bias": (inner,),
        "ssm_a": (state, inner),
        "ssm_d": (inner,),
        "ssm_out.weight": (inner, _WIDTH),
    }
    return _file("mamba", fields, [shapes], {"output_norm.weight": (_WIDTH,)})


def hybrid_model() -> bytes:
    """A file with a recurrent layer and one of attention (LFM2)."""
    key_width, head = _WIDTH // 2, 8
    fields = {
        "feed_forward_length": _HIDDEN,
        "attention.head_count": 4,
        "attention.head_count_kv": [0, 2],
        "shortconv.l_cache": 3,
        "vocab_size": len(_tokens()),
        "rope.freq_base": 10000.0,
        "attention.layer_norm_rms_epsilon": 1e-5,
    }
    recurrent = {
        "attn_norm.weight": (_WIDTH,),
        "shortconv.conv.weight": (3, _WIDTH),
        "shortconv.in_proj.weight": (_WIDTH, 3 * _WIDTH),
        "shortconv.out_proj.weight": (_WIDTH, _WIDTH),
        **_FEED_FORWARD,
    }
    attention = {
        "attn_norm.weight": (_WIDTH,),
        "attn_q_norm.weight": (head,),
        "attn_k_norm.weight": (head,),
        "attn_q.weight": (_WIDTH, _WIDTH),
        "attn_k.weight": (_WIDTH, key_width),
        "attn_v.weight": (_WIDTH, key_width),
        "attn_output.weight": (_WIDTH, _WIDTH),
        **_FEED_FORWARD,
    }
    last = {"token_embd_norm.weight": (_WIDTH,)}
    return _file("lfm2", fields, [recurrent, attention], last)


def _file(
    architecture: str,
    fields: Mapping[str, float | list[int]],
    blocks: Sequence[Mapping[str, tuple[int, ...]]],
    last: Mapping[str, tuple[int, ...]],
) -> bytes:
    tokens = _tokens()
    own = {"context_length": 2048, "embedding_length": _WIDTH, "block_count": len(blocks), **fields}
    header = [
        _field("general.architecture", _STRING, _text(architecture)),
        *(_value(f"{architecture}.{name}", value) for name, value in own.items()),
        _field("tokenizer.ggml.model", _STRING, _text("gpt2")),
        _field("tokenizer.ggml.pre", _STRING, _text("smollm")),
        _field("tokenizer.ggml.tokens", _ARRAY, _texts(tokens)),
        _field("tokenizer.ggml.token_type", _ARRAY, _numbers([3, 3] + [1] * (len(tokens) - 2))),
        _field("tokenizer.ggml.merges", _ARRAY, _texts(["a b", "t h", "th e"])),
        _field("tokenizer.ggml.bos_token_id", _U32, struct.pack("<I", 0)),
        _field("tokenizer.ggml.eos_token_id", _U32, struct.pack("<I", 1)),
        _field("tokenizer.chat_template", _STRING, _text(TEMPLATE)),
    ]
    shapes = {"token_embd.weight": (_WIDTH, len(tokens))}
    for number, block in enumerate(blocks):
        shapes |= {f"blk.{number}.{name}": shape for name, shape in block.items()}
    tensors, data = _tensors({**shapes, **last})
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(header))
    head += b"".join(header) + b"".join(tensors)
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


def _tensors(shapes: Mapping[str, tuple[int, ...]]) -> tuple[list[bytes], bytes]:
    source = random.Random(1)
    descriptions, data = [], b""
    for name, shape in shapes.items():
        count = math.prod(shape)
        sizes = struct.pack(f"<{len(shape)}Q", *shape)
        description = _text(name) + struct.pack("<I", len(shape)) + sizes
        descriptions.append(description + struct.pack("<IQ", 0, len(data)))
        data += struct.pack(f"<{count}f", *(source.uniform(-0.1, 0.1) for _ in range(count)))
        data += b"\0" * (-len(data) % _ALIGNMENT)
    return descriptions, data


def _value(key: str, value: float | list[int]) -> bytes:
    if isinstance(value, list):
        return _field(key, _ARRAY, _numbers(value))
    if isinstance(value, float):
        return _field(key, _F32, struct.pack("<f", value))
    return _field(key, _U32, struct.pack("<I", value))


def _field(key: str, kind: int, value: bytes) -> bytes:
    return _text(key) + struct.pack("<I", kind) + value


def _text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def _texts(values: list[str]) -> bytes:
    return struct.pack("<IQ", _STRING, len(values)) + b"".join(map(_text, values))


def _numbers(values: list[int]) -> bytes:
    return struct.pack(f"<IQ{len(values)}i", 5, len(values), *values)
