"""huaxiang (画像): from raw files to one living, explained profile per customer."""

__version__ = "0.1.0"
