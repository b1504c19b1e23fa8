"""Personal data: sealed on arrival, shown only on purpose, forgotten for good.

Enters: personal values as text (a phone, a name) with their kind, the person they belong to, and the master key.
Leaves: blind indexes (numbers that join without showing), sealed bytes, and, when asked for, the values again.

    keys.py      the master key: where it is kept, and the sub-keys it gives, one for each purpose
    seal.py      sealed boxes (AES-256-GCM), one or many at a time
    blind.py     (kind, value) → 128 keyed bits: the number of an identifier
    storage.py   the vault's SQLite file: schema, connections, canary; what is deleted is gone from the bytes
    pending.py   values sealed before their person is known
    vault.py     one key and one sealed record for each person: settle, reveal, shred
    scrub.py     the last net: no phone, id card or e-mail address through the log

What the seals promise: no personal value is readable without the master key; a record that was altered, or moved to
another person, is refused. What they do not: hide how many persons there are or how long a record is, or notice that
a whole file was put back to an older, genuine copy of itself.
"""
