"""python -m huaxiang: the same as the command."""

from huaxiang.cli.main import main

if __name__ == "__main__":
    main()
