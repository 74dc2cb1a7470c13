"""What code relates exactly to a symbol: definitions, uses, calls, classes, imports, values."""
