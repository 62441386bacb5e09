"How pictures are read before they are scored."
import numpy as np
import torch
from PIL import Image

from pose_transfer_nb.authors.protocols import read_for


def test_protocols(tmp_path):
    image = Image.fromarray(np.tile(np.linspace(40, 200, 64, dtype=np.uint8)[None, :, None], (64, 1, 3)))
    for name in 'a.png', 'a.jpg': image.save(tmp_path/name)
    theirs, plain = read_for(tmp_path/'a.png', 'authors'), read_for(tmp_path/'a.png', 'plain')
    assert theirs.shape == (3, 64, 64) and theirs.min() < -.98 and theirs.max() > .98
    assert plain.shape == (3, 64, 44) and torch.equal(
        plain[0, 0], (torch.from_numpy(np.array(image))[0, 10:54, 0] / 127.5 - 1)
    )
    assert read_for(tmp_path/'a.jpg', 'authors').min() > -.75, 'a JPEG file has been stretched already'
