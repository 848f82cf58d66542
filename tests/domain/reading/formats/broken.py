"""Files that went wrong on their way: random bytes, and real ones with a few bytes changed."""

from __future__ import annotations

import random


def mutated(data: bytes, chance: random.Random, most: int = 12) -> bytes:
    """The file with bytes changed, cut out, doubled or added, in at most so many places."""
    out = bytearray(data)
    for _ in range(chance.randint(1, most)):
        at = chance.randrange(len(out))
        match chance.randrange(4):
            case 0:
                out[at] = chance.randrange(256)
            case 1:
                del out[at : at + chance.randint(1, 40)]
            case 2:
                out[at:at] = out[at : at + chance.randint(1, 200)]
            case _:
                out[at:at] = chance.randbytes(chance.randint(1, 20))
    return bytes(out)
