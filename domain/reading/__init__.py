"""From the bytes of a circular to a draft of what it says."""
