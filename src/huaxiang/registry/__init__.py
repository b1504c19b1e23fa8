"""The registry: builds, the parts that were read, and the quality found, in one small SQL database.

Enters: what stages report. Leaves: which build is current, which parts are known, how quality went over builds.
SQLite beside the project by default; the same code runs on PostgreSQL.
"""

from huaxiang.registry.store import Build, KnownPart, Registry

__all__ = ["Build", "KnownPart", "Registry"]
