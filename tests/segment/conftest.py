"""Segments are tested on the same tiny warehouse as tags."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tag"))
