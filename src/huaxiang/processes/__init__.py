"""Processes and what runs beside others: priority, a parent's end, locks that tell who lives, background tasks.

Nothing here knows of a project. Enters: a process, a task, a file to report to. Leaves: work that ends with whoever
wanted it, steps back before whoever waits for an answer, and never stops without a word.

    priority.py     who goes first where processors are scarce
    guarded.py      a program that ends when whoever started it is gone
    parent.py       the same for a process of a pool
    locks.py        whether somebody holds a lock: a process number does not tell
    supervision.py  background tasks: restarted when they fail, and reported
"""
