"""A notice in words, and its way out."""
