"""Paint: every pattern shows both of its colours."""
import pytest

pytest.importorskip('warp', reason='the studio extra is not installed')

from pose_transfer_nb.studio.garments import Garment, coverage, features
from pose_transfer_nb.studio.paint import paint_cloth


PATTERNS = 'stripes_across stripes_down check dots floral print block'.split()


@pytest.mark.parametrize('pattern', PATTERNS)
def test_patterns_show_both_colours(body, pattern):
    places = features(body)
    g = Garment('top', (0, 0, 0), (255, 255, 255), pattern)
    light = paint_cloth(g, places[coverage(g, places) > 0]).mean(1)
    assert (light < .2).mean() > .1 and (light > .8).mean() > .02
