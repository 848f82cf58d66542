"""The `duban` command: a thin door to tasks and flows."""
