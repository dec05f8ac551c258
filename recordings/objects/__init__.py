"""Copies of sealed recordings in an object store (S3): what is sent, read back, let go here, fetched again, removed.

`plan` and `outbox` decide and do no I/O. The data key of a consultation is never sent: whoever has the store has
ciphertext, and erasing stays the destruction of that one key, whatever versions of an object the store keeps.
"""

from recordings.objects.moving import Brought, Local, bring, let_go, send, take_away
from recordings.objects.outbox import Outbox, Waiting
from recordings.objects.plan import Here, Plan, elsewhere, may_go, plan
from recordings.objects.port import Fault, ObjectsFailed, ObjectStore, Place
from recordings.objects.register import STORED, Entry, Register, Step, Stored

__all__ = [
    "STORED",
    "Brought",
    "Entry",
    "Fault",
    "Here",
    "Local",
    "ObjectStore",
    "ObjectsFailed",
    "Outbox",
    "Place",
    "Plan",
    "Register",
    "Step",
    "Stored",
    "Waiting",
    "bring",
    "elsewhere",
    "let_go",
    "may_go",
    "plan",
    "send",
    "take_away",
]
