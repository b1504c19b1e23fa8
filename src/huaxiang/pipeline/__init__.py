"""The pipeline: the stages put in order, over one project, into one warehouse file that becomes the current build."""

from huaxiang.pipeline.build import build
from huaxiang.pipeline.refresh import refresh
from huaxiang.pipeline.run import KEEP_BUILDS, LOCK, STAGES, Settings, Watch, store_paths, utc_now

__all__ = ["KEEP_BUILDS", "LOCK", "STAGES", "Settings", "Watch", "build", "refresh", "store_paths", "utc_now"]
