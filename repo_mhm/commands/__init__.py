"""What the verbs do: one file per verb. Return values or events, never print."""
