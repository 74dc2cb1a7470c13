"""Review: what a change touches and what it may break.

`edits` holds both sides of each changed file. Rules without a model: `symbol_changes` finds the
definitions that changed, `references` finds their users, and `impact` reports the users that the
change may break; `line_rules` looks at the changed lines themselves. `slips` finds small changes
for a model to weigh. All of that is pure, and its results are `findings`. `reviewer`,
`model_calls`, `reply_cache`, `baseline` and `time_limit` do IO.
"""

BASELINE = ".repo-mhm-baseline.json"
"""Name of the file of known findings; its fingerprints only look like secrets."""
