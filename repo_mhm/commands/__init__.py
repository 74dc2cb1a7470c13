"""What the front ends can do, one file for each verb: it opens what a stage needs and runs it.

`workspace` and `open_memory` open things for several verbs; `sessions` and `repository_map` are for
the terminal UI. Nothing here prints.
"""
