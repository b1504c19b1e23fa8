"""The command line: what a person types, and what is printed. Enters: arguments. Leaves: text or JSON, an exit code."""
