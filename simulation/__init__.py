"""A simulated clock, localities that answer or stay silent, and a mail server that keeps what it gets."""
