"""The server: one process that answers everything, and the children it keeps.

Enters: a project folder, an address. Leaves: doors, API and console under one address; the applier, jobs and
deliveries beside them; `.huaxiang/server.json`, by which commands of the same project find it.

    run.py        `run_server`: listens until it is stopped
    app.py        what the server is made of, for a project
    front.py      one application out of several, by path, with one lifespan
    supervise.py  a child process that is started again when it dies, and stopped with the server
    presence.py   server.json: who serves a project, and where
    talk.py       asking the running server for jobs
"""
