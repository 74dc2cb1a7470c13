"""Review: what a change touches and may break. Pure: contents in, findings out; a model is asked through a generator.

`edits` pairs the two sides of each file; `impact` compares their symbols and looks for who uses what changed;
`patterns` reads the changed lines themselves; `remarks` asks a model about hunks; `findings` is what comes of it.
Knows nothing about git, the store or engines.
"""

BASELINE = ".repo-mhm-baseline.json"
"""Name of the file of known findings; its fingerprints look like secrets and are none."""
