"""Random people at work on the SQLite store, and a sound file at the end of the day."""

import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import ClassVar

import pytest
from hypothesis import settings
from tests.adapters.sqlite.soundness import faults

from hosanna_adapters.aesgcm import AesGcmEncryption
from hosanna_adapters.sqlite import SqliteStore
from hosanna_adapters.sqlite.veils import Encrypted, InClear
from hosanna_core.ports import Encryption, Store
from hosanna_core.testing.machine import WorkflowMachine


class SqliteMachine(WorkflowMachine):
    encryption: ClassVar[Encryption | None] = None

    def make_store(self) -> Store:
        self._path = Path(mkdtemp()) / "hosanna.sqlite"
        self._opened = SqliteStore.open(self._path, encryption=self.encryption)
        return self._opened.ports()

    def teardown(self) -> None:
        super().teardown()
        if not hasattr(self, "_opened"):
            return
        self._opened.close()
        found = faults(self._path, Encrypted(self.encryption) if self.encryption else InClear())
        shutil.rmtree(self._path.parent)
        assert found == []


class TestSqliteWorkflow(SqliteMachine.TestCase):
    settings = settings(settings.default, max_examples=15, stateful_step_count=30)


class EncryptedMachine(SqliteMachine):
    encryption = AesGcmEncryption([("2027", b"k" * 32)], b"t" * 32)


class TestEncryptedSqliteWorkflow(EncryptedMachine.TestCase):
    settings = settings(settings.default, max_examples=5, stateful_step_count=30)


@pytest.mark.deep
class TestSqliteWorkflowAtLength(SqliteMachine.TestCase):
    settings = settings(settings.default, max_examples=150, stateful_step_count=60)
