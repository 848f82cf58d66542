"""How fast Duban is: each benchmark on both databases, as a ratio to plain SQL with the same effects (`make bench`)."""
