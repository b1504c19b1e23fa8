"""The command `huaxiang`, and python -m huaxiang: loads the command line and runs it."""

from huaxiang.loading import load_module


def main() -> None:
    """Run the command line."""
    load_module("huaxiang.cli.main").main()


if __name__ == "__main__":
    main()
