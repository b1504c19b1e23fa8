"""The project's key and what it opens, each opened when it is first needed and not before."""

from __future__ import annotations

import threading

from huaxiang.errors import MasterKeyError
from huaxiang.privacy.blind import BlindIndex
from huaxiang.privacy.keys import MasterKey, load_master_key
from huaxiang.privacy.seal import RowSealer
from huaxiang.privacy.vault import Values, Vault
from huaxiang.project import Project


class Secrets:
    """Safe for threads. Every method raises MasterKeyError when the key is missing or is not this vault's."""

    def __init__(self, project: Project) -> None:
        self._root, self._id, self._path = project.root, project.id, project.store / "vault.db"
        self._lock = threading.Lock()
        self._vault: Vault | None = None
        self._blind: BlindIndex | None = None

    def blind(self) -> BlindIndex:
        """Return what turns an identifier into its number."""
        with self._lock:
            if self._blind is None:
                self._blind = BlindIndex(self._master())
            return self._blind

    def values(self, subjects: list[int]) -> dict[int, Values]:
        """Return the personal values of each of `subjects`: to be masked, or shown to one who may see them."""
        with self._lock:
            if self._vault is None:
                if not self._path.is_file():
                    return {subject: {} for subject in subjects}
                vault = Vault(self._path, self._master())
                try:
                    vault.check()
                except MasterKeyError:
                    vault.close()
                    raise
                self._vault = vault
            vault = self._vault
        return vault.reveal(subjects)

    def rows(self) -> RowSealer:
        """Return what opens quarantined rows."""
        return RowSealer(self._master())

    def close(self) -> None:
        """Close the vault."""
        with self._lock:
            if self._vault is not None:
                self._vault.close()
                self._vault = None

    def _master(self) -> MasterKey:
        return load_master_key(self._id, self._root)
