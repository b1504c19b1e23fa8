"""Definition files: YAML in, nodes that remember their file and line out.

Enters: the files of a project folder. Leaves: nodes; each stage's definition.py turns them into frozen dataclasses.
"""
