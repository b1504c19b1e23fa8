"""python -m huaxiang.reference FOLDER: write the reference pages into FOLDER/en and FOLDER/zh."""

from __future__ import annotations

import sys
from pathlib import Path

from huaxiang.reference.pages import all_pages


def main(folder: Path) -> None:
    """Write every page; pages that no longer exist are removed."""
    pages = all_pages()
    for language in ("en", "zh"):
        (folder / language).mkdir(parents=True, exist_ok=True)
        for old in (folder / language).glob("*.md"):
            if f"{language}/{old.name}" not in pages:
                old.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(pages)} pages → {folder}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference"))
