"""Memory: notes within a fixed token budget, and the steps that make, merge and retire them."""
