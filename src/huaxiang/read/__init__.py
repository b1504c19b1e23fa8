"""Read: every question people ask of a finished build, as plain functions that return frozen dataclasses.

Enters: a `CurrentBuild` (one build, opened read-only) and what is asked for. Leaves: answers without personal values,
except where `reveal=True` is given, which the caller must have authorised and must audit.

    current.py      the build everything is read from; follows the registry to the next one
    secrets.py      the key, the vault and the blind index, opened only when needed
    subject_ids.py  the id of a customer that people see and URLs carry
    filters.py      which customers: tag values, ranges, a segment; as a URL and as SQL
    people.py find.py profile.py timeline.py identity.py why.py      customers
    overview.py tags.py distribution.py segments.py data.py          everybody
    export.py       a segment as a file
    terms.py showing.py standard.py masks.py    words, values as text, the ready tags' codes, masked values
    sensitive.py                what of a customer is not shown: sensitive tags, texts that look personal

The command line, the console and the API all read through here: a number is computed in one place.
"""
