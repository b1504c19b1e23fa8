"""Jobs: long work beside the server, each in a process of its own, so that reads and writes go on.

Enters: what people, programs and the schedule ask for, as rows of the registry (registry/jobs.py). Leaves: builds,
measurements, bases; and in the same rows how far each job is and what came of it.

    schedule.py  when the next one is due: `Scheduler`
    runner.py    starts, stops and loses jobs: `JobRunner`, in the server's process
    lock.py      how a job shows that its process lives
    child.py     one job, in its own process: `python -m huaxiang.jobs ROOT ID`
    work.py      what each kind of job does
    stages.py    the words of its stages
"""
