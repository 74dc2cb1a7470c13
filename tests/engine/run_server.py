"""Runs llama-cpp-python's server with its arguments, without llama.cpp's extra weight buffers.

On a CPU with AMX they end the process (see "Engines" in DESIGN.md), and the server has no option
for them.
"""

from __future__ import annotations

import llama_cpp
from llama_cpp.server.__main__ import main

_default_params = llama_cpp.llama_model_default_params


def _params_without_extra_buffers() -> llama_cpp.llama_model_params:
    params = _default_params()
    params.use_extra_bufts = False
    return params


llama_cpp.llama_cpp.llama_model_default_params = _params_without_extra_buffers
main()
