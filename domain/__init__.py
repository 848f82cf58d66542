"""Rules: pure functions and values; imports nothing of ours."""
