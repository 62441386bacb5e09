"""The packages of others, of the page (live/stage/vendor) and of the tests (tests/vendor): `python
tests/tools/vendor.py` fetches each from npm anew and compares it with what lies there; `--write` puts it
there.

What is fetched stands in vendor.json: the package, its version, and for each file its name in the package and
its SHA-256. To go to another version, change the version, empty the checksums and write. Files lie
compressed; the checksums are of what is in them."""
import gzip
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT/'pose_transfer_nb'/'live'/'stage'/'vendor'
FOLDERS = VENDOR, ROOT/'tests'/'vendor'


def table(folder=VENDOR): return json.loads((folder/'vendor.json').read_text(encoding='utf-8'))


def checksum(data): return hashlib.sha256(data).hexdigest()


def stored(entry, folder=VENDOR):
    "What is in one of our files."
    return gzip.decompress((folder/entry['file']).read_bytes())


def fetched(package, folder):  # {name in the package: bytes}
    "The files of a package, from npm."
    command = ['npm', 'pack', '--silent', f'{package["name"]}@{package["version"]}']
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    with tarfile.open(Path(folder, done.stdout.split()[-1])) as archive:
        return {f['from']: archive.extractfile(f'package/{f["from"]}').read() for f in package['files']}


def main(write, kept):
    packages = table(kept)
    different = []
    with tempfile.TemporaryDirectory() as folder:
        for package in packages:
            data = fetched(package, folder)
            for entry in package['files']:
                new = data[entry['from']]
                if entry['sha256'] and checksum(new) != entry['sha256']: different.append(entry['file'])
                if write:
                    entry |= dict(sha256=checksum(new), bytes=len(new))
                    (kept/entry['file']).write_bytes(gzip.compress(new, 9, mtime=0))
    if different: sys.exit(f'npm has others than vendor.json says: {", ".join(different)}')
    if write: (kept/'vendor.json').write_text(json.dumps(packages, indent=2) + '\n', encoding='utf-8')
    print(f'{len(packages)} packages are what {kept.relative_to(ROOT)}/vendor.json says')


if __name__ == '__main__':
    for folder in FOLDERS: main('--write' in sys.argv[1:], folder)
