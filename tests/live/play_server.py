"The page on a server of this machine, and the network in Python, for the tests that compare the two."
import pytest

from pose_transfer_nb.live.play import serve, write_page
from pose_transfer_nb.transfer import PoseTransfer


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    folder = write_page(tmp_path_factory.mktemp('play')/'page').parent
    server = serve(folder)
    server.folder = folder
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope='module')
def model(): return PoseTransfer.from_pretrained()
