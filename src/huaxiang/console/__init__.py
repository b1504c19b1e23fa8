"""Console: the pages a marketer works with, over the read layer. Everything shown is masked; nothing is revealed here.

Enters: a project folder, and what people click. Leaves: pages, offline, Chinese and English.

    app.py       the application: pages, headers, the language cookie, downloads; `create_app`
    visit.py     one request: its language, and reading from the current build without holding up others
    shell.py     the frame around every page, and the pages for what went wrong
    search.py    finding a customer
    overview customers profile tags tag segments segment data      a page each
    timeline.py why.py identity.py                                 parts of the profile
    parts.py markup.py icons.py theme.py charts/ words.py          what pages are made of
"""
