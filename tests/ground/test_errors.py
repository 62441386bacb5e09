"What is said where memory or streams are missing."
import sys
import threading

import pytest

from pose_transfer_nb.ground.errors import one_line, show_any_name, threads_say


@pytest.mark.parametrize('error', [MemoryError(), RuntimeError("can't allocate memory: 7 bytes")], ids=repr)
def test_memory_that_is_not_there(error): assert 'choose a smaller size' in one_line(error)


def test_streams_that_were_closed(monkeypatch):
    for name in 'stdout', 'stderr': monkeypatch.setattr(sys, name, None)
    show_any_name(sys.stdout, sys.stderr)
    assert not sys.stderr.isatty()
    print('nobody reads this')


@pytest.mark.parametrize('below', ['', 'deeper'])
def test_a_file_where_a_folder_is_needed(tmp_path, below):
    (tmp_path/'samples').write_text('mine')
    with pytest.raises(OSError) as found: (tmp_path/'samples'/below).mkdir(exist_ok=True)
    said = one_line(found.value)
    assert said.startswith(str(tmp_path/'samples')) and 'rename or remove' in said


def test_a_thread_that_breaks_down_is_told_in_a_line(capfd):
    told, before = [], threading.excepthook
    def broken(): raise OSError('the disk is full')
    with threads_say(told.append):
        thread = threading.Thread(target=broken)
        thread.start()
        thread.join()
    assert [str(error) for error in told] == ['the disk is full'] and threading.excepthook is before
    assert 'Traceback' not in capfd.readouterr().err
