"""Packs the pictures in notebooks more tightly: `python tests/tools/pngs.py [NOTEBOOK ...]`, by default all.

PNG is packed without loss. Of a picture that is there twice, as PNG and as JPEG (Pillow's are), one stays:
the JPEG where it has less than half as many bytes. It needs `pip install pyoxipng`. Run it after notebooks
were executed, since the wheel holds them."""
import base64
import json
import sys
from pathlib import Path

import oxipng

ROOT = Path(__file__).resolve().parents[2]


def packed(data):
    "The same pixels in as few bytes as there is time for."
    new = oxipng.optimize_from_memory(data, level=3, strip=oxipng.StripChunks.safe())
    return new if len(new) < len(data) else data


def pack(path):  # bytes before, bytes after
    "Pack the pictures of a notebook; the file is written only where that saves something."
    notebook = json.loads(path.read_text(encoding='utf-8'))
    before = after = 0
    outputs = [o['data'] for cell in notebook['cells'] for o in cell.get('outputs', []) if 'data' in o]
    for data in (d for d in outputs if 'image/png' in d):
        raw = base64.b64decode(''.join(data['image/png']))
        new = packed(raw)
        before += len(raw)
        if 'image/jpeg' in data:
            jpeg = base64.b64decode(''.join(data['image/jpeg']))
            before += len(jpeg)
            if 2 * len(jpeg) < len(new):
                del data['image/png']
                after += len(jpeg)
                continue
            del data['image/jpeg']
        after += len(new)
        if new is not raw: data['image/png'] = base64.b64encode(new).decode()
    if after < before:
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + '\n', encoding='utf-8')
    return before, after


def main(paths):
    total = [0, 0]
    for path in paths or sorted((ROOT/'nbs').rglob('*.ipynb')):
        before, after = pack(Path(path))
        total = [total[0] + before, total[1] + after]
        if after < before: print(f'{path}: {before / 1000:.0f} kB of pictures are now {after / 1000:.0f}')
    print(f'together {total[0] / 1e6:.1f} MB are now {total[1] / 1e6:.1f}')


if __name__ == '__main__': main(sys.argv[1:])
