"What is said where memory or streams are missing."
import sys

import pytest

from pose_transfer_nb.ground.errors import one_line, show_any_name


@pytest.mark.parametrize('error', [MemoryError(), RuntimeError("can't allocate memory: 7 bytes")], ids=repr)
def test_memory_that_is_not_there(error): assert 'choose a smaller size' in one_line(error)


def test_streams_that_were_closed(monkeypatch):
    for name in 'stdout', 'stderr': monkeypatch.setattr(sys, name, None)
    show_any_name(sys.stdout, sys.stderr)
    assert not sys.stderr.isatty()
    print('nobody reads this')
