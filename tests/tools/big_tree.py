"""A tree of DeepFashion's size and shape, of hard links to a few small pictures: `python
tests/tools/big_tree.py FOLDER`."""
import itertools
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from pose_transfer_nb.data.tables import KEYPOINT_COLUMNS, file_id
from pose_transfer_nb.pose_maps import save_pose_map

DEEPFASHION = dict(train=(48_674, 101_966), test=(4_038, 8_570))


def big_tree(root, counts=DEEPFASHION, per_folder=6, size=(256, 176), maps=True, different=7):
    "`counts` pictures and pairs for each split, in folders named as DeepFashion's are; keypoints at random."
    root, random, (h, w) = Path(root), np.random.default_rng(0), size
    kinds = root/'.kinds'
    kinds.mkdir(parents=True)
    for k in range(different):
        noise = random.integers(0, 255, (h // 8, w // 8, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((w, h), Image.Resampling.BICUBIC).save(kinds/f'{k}.jpg')
    poses = random.integers(0, (w, h), (different, 18, 2))
    poses[:, 7] = -1
    for k in range(different): save_pose_map(kinds/f'{k}.npz', poses[k], size)
    number = 0
    for split, (pictures, pairs) in counts.items():
        (root/f'{split}_pose_maps').mkdir()
        names = []
        for k in range(pictures):
            folder = f'img/{("WOMEN", "MEN")[number % 2]}/Tees/id_{number:08}'
            if k % per_folder == 0: (root/folder).mkdir(parents=True)
            names.append(f'{folder}/01_{k % per_folder}_front.jpg')
            os.link(kinds/f'{k % different}.jpg', root/names[-1])
            map_file = root/f'{split}_pose_maps'/f'{file_id(names[-1])}.npz'
            if maps: os.link(kinds/f'{k % different}.npz', map_file)
            if k % per_folder == per_folder - 1: number += 1
        number += 1
        folders = (names[k:k + per_folder] for k in range(0, pictures, per_folder))
        every = (pair for names in folders for pair in itertools.combinations(names, 2))
        rows = [[file_id(name), h, w, *poses[k % different].ravel()] for k, name in enumerate(names)]
        pd.DataFrame(names, columns=['img']).to_csv(root/f'{split}_img_list.csv', index=False)
        table = pd.DataFrame(itertools.islice(every, pairs), columns=['imgA', 'imgB'])
        table.to_csv(root/f'{split}_img_pairs.csv', index=False)
        pd.DataFrame(rows, columns=KEYPOINT_COLUMNS).to_csv(root/f'{split}_img_keypoints.csv', index=False)
    return root


if __name__ == '__main__': print(big_tree(sys.argv[1]))
