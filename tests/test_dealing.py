"""The list of what takes long names files that are there, and what is made once is made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dealing import made_once, missing


def test_long_files_are_there() -> None:
    assert missing(Path(__file__).parent.parent) == []


def test_what_is_made_once_is_there_whole_or_made_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    def broken(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError

    def sound(folder: Path) -> None:
        (folder / "whole").touch()

    with pytest.raises(OSError):
        made_once(tmp_path_factory, "of-this-test", broken)
    made = made_once(tmp_path_factory, "of-this-test", sound)
    assert [path.name for path in made.iterdir()] == ["whole"]
    assert made_once(tmp_path_factory, "of-this-test", broken) == made
