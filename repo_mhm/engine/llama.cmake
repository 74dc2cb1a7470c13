# CMake reads this file when it compiles llama-cpp-python by `install_command` or scripts/_environment.
# That package builds two libraries that nothing here loads, and that take 60 % of the CPU time: the
# multimodal tools, and llama.cpp's helpers for command line programs. The latter it asks for by a
# forced cache entry; a plain variable of the same name takes precedence.
set(LLAVA_BUILD OFF)
set(LLAMA_BUILD_COMMON OFF)
