"""python -m huaxiang.live ROOT [--base BUILD]: the applier of a project, as the server starts it; or make one base."""

from huaxiang.loading import load_module

if __name__ == "__main__":
    load_module("huaxiang.live.program").main()
