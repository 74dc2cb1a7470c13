"""The verbs, one file each: they open what a stage needs and run it. They never print."""
