"Files that are written whole or not at all."
import os

import pytest
from conftest import files

from pose_transfer_nb.ground import files as module
from pose_transfer_nb.ground.files import UNFINISHED, clear_unfinished, write_atomically


@pytest.mark.skipif(module.fcntl is None, reason='without locks nothing is cleared away')
def test_nobody_clears_away_what_is_being_written(tmp_path, monkeypatch):
    "Another process may come at any moment, and the last one is that before the new name."
    replace = os.replace
    def seen(before, after):
        clear_unfinished(tmp_path)
        replace(before, after)
    monkeypatch.setattr(os, 'replace', seen)
    (tmp_path / f'{UNFINISHED}0123456789ab').write_text('half')  # of a killed run
    write_atomically(tmp_path / 'a.txt', lambda file: file.write(b'whole'))
    assert files(tmp_path) == {'a.txt': b'whole'}
