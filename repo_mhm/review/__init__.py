"""Review: what a change touches and what it may break.

`edits` holds both sides of each changed file. By rule, `symbol_changes` finds definitions that
changed, `references` who uses them and `impact` whom that hits; `line_rules` looks at the changed
lines themselves. `slips` finds small changes for a model to weigh. All of that is pure.
`findings` is what comes of it. `reviewer`, `model_calls`, `reply_cache`, `baseline` and
`time_limit` do IO.
"""

BASELINE = ".repo-mhm-baseline.json"
"""Name of the file of known findings; its fingerprints look like secrets and are none."""
