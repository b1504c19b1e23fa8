"""huaxiang (画像): from raw files to one living, explained profile per customer."""

from huaxiang.client import Client

__all__ = ["Client"]
__version__ = "0.1.0"
