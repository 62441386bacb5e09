"""The recorded dance of the page, for those who have no camera: `python tests/tools/dance.py` writes
live/stage/play/dance.json from poses of the mannequins that ship."""
import json
from pathlib import Path

from pose_transfer_nb.keypoints import mirror, visible
from pose_transfer_nb.live.parts import frontality
from pose_transfer_nb.mannequins import mannequins, pictures_table

FILE = Path(__file__).resolve().parents[2]/'pose_transfer_nb'/'live'/'stage'/'play'/'dance.json'
MOVES = [  # name of a pose in the studio's library, and whether a mirror shows it
    ('standing', False), ('arm up', False), ('arm up', True), ('arms out', False), ('arms up', False),
    ('hands on hips', False), ('waving', False), ('waving', True), ('passing step', False),
    ('passing step', True), ('arms out', True), ('hands behind the head', False), ('arms up', True),
    ('weight on one leg', False)]
SIZE = (128, 96)
BODY = range(14)  # from the nose to the ankles


def moves():
    "For each move the pose that is seen best from the front, as rounded places in pixels."
    table = pictures_table()
    table = table[(table.split == 'train') & (table.crop == 'full') & (table.view == 'front')]
    people = mannequins('train', SIZE)
    number = {Path(path).name: i for i, path in enumerate(people.paths)}
    def known(name):
        rows = [number[Path(img).name] for img in table[table.pose == name].img]
        poses = [people.load(i)[1] for i in rows]
        return max((p for p in poses if visible(p)[BODY].all()), key=frontality)
    def rounded(pose): return [[round(float(x), 1), round(float(y), 1)] for x, y in pose]
    return [rounded(mirror(known(name), SIZE[1]) if other else known(name)) for name, other in MOVES]


def dance(): return dict(size=list(SIZE), seconds=.9, poses=moves())


if __name__ == '__main__': FILE.write_text(json.dumps(dance(), separators=(',', ':')) + '\n')
