"Sizes that no picture has, and spots that no map can hold."
import numpy as np
import pytest
from PIL import Image

from pose_transfer_nb.dataset import PosePairs
from pose_transfer_nb.ground.fit import Fit


@pytest.mark.parametrize('size', [(0, 10), (10, 0), (-5, 5), (float('nan'), 5)], ids=str)
def test_a_picture_without_pixels(size):
    with pytest.raises(ValueError, match='one pixel or more'): Fit(size, (64, 48))


@pytest.mark.parametrize('size', [(1, 5000), (5000, 1)], ids=str)
def test_a_thin_picture_keeps_one_pixel(size):
    fit = Fit(size, (64, 48))
    picture = fit.undo(fit.image(Image.new('RGB', size[::-1])))
    assert min(picture.size) == 1


@pytest.mark.parametrize('sigma', [0, -1, float('nan'), float('inf'), 'wide', True], ids=str)
def test_a_spot_without_a_width(noise, sigma):
    with pytest.raises(ValueError, match='sigma is None, or'): PosePairs(noise, sigma=sigma)


def test_a_spot_of_numpy(noise): assert len(PosePairs(noise, sigma=np.float64(2))) == 8
