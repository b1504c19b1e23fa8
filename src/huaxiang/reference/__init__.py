"""The definition reference, written from the code: docs/reference/en and docs/reference/zh.

Enters: the code's own tables (keys that parsers read, fact tables, functions, readers, normalisers, commands, library).
Leaves: Markdown files, the same facts in both languages. `python -m huaxiang.reference docs/reference` writes them;
tests/test_docs.py fails when the committed files differ from what the code says.

    keys.py       which keys each parser reads, found in its source; their meanings; a key without one is an error
    commands.py   the commands and options of the command line
    markdown.py   tables and headings
    pages.py      the pages
"""
