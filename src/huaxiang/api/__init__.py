"""What answers over HTTP: the doors events come in by, and the reading of profiles.

Enters: requests. Leaves: bodies in the inbox, answers in JSON.
"""
