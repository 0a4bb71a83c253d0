"""Connections that the policies allow and a run of the tests may go without, each with its reason."""

import re
from typing import NamedTuple


class Optional(NamedTuple):
    """Patterns of a rule's parts, and why it is there."""

    policy: str
    side: str
    peer: str
    port: str
    why: str

    def fits(self, granted):
        return all(re.fullmatch(pattern, str(part)) for pattern, part in zip(self, granted))


OPTIONAL = []
