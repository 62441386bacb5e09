"What the megabytes of the wheel are: `python tests/tools/wheel_parts.py WHEEL`."
import sys
import zipfile

PARTS = {  # the first beginning that fits says which part a file belongs to
    'people': ('assets/mannequins.zip', 'assets/validation.zip'),
    'weights': ('assets/',),
    'page: runtime and camera': ('live/stage/vendor/',),
    'notebooks with their pictures': ('notebooks/',),
    'modules, scripts and styles': ('',)}


def part_of(name):
    "The part that a file of the wheel belongs to."
    inside = name.removeprefix('pose_transfer_nb/')
    return next(part for part, beginnings in PARTS.items() if inside.startswith(beginnings))


def parts_of(wheel):  # dict of part -> compressed bytes
    "How many bytes of a wheel each part takes."
    sizes = dict.fromkeys(PARTS, 0)
    with zipfile.ZipFile(wheel) as packed:
        for info in packed.infolist(): sizes[part_of(info.filename)] += info.compress_size
    return sizes


def table(wheel):
    "The parts, the largest first, one line each."
    rows = sorted(parts_of(wheel).items(), key=lambda row: -row[1])
    lines = [f'{size / 1e6:7.1f} MB  {part}' for part, size in rows]
    return '\n'.join([*lines, f'{sum(size for _, size in rows) / 1e6:7.1f} MB  together'])


if __name__ == '__main__': print(table(sys.argv[1]))
