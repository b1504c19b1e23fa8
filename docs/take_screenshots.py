"""Take the pictures of the documentation from a running console: python docs/take_screenshots.py [URL].

Start it first (make demo). Needs Debian's chromium and the package playwright (extra dev).
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parent / "images"
SIZE = {"width": 1440, "height": 900}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def main() -> None:
    """Write console-profile.png (English) and console-profile-zh.png."""
    base = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8420"
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for language, name in (("en", "console-profile.png"), ("zh", "console-profile-zh.png")):
            context = browser.new_context(viewport=SIZE)
            context.add_cookies([{"name": "huaxiang_language", "value": language, "url": base}])
            page = context.new_page()
            page.goto(base)
            page.click(".hx-person")
            page.wait_for_selector(".hx-page h1")
            page.wait_for_timeout(1500)
            page.screenshot(path=IMAGES / name)
        browser.close()


if __name__ == "__main__":
    main()
