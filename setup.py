"Everything about the package is in settings.ini; this file adds the notebooks to the wheel."
import shutil
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

config = ConfigParser(delimiters=['='])
config.read('settings.ini', encoding='utf-8')
cfg = config['DEFAULT']


def course_files():
    "The notebooks, the pictures that they show and the pages of text that they link, without hidden folders."
    files = sorted(
        [
            *Path('nbs').rglob('*.ipynb'),
            *Path('nbs/images').glob('*.*'),
            *Path('nbs').glob('*.md'),
            *Path('nbs').glob('*.bib'),
        ]
    )
    return [f for f in files if not any(part.startswith('.') for part in f.parts)]


class BuildWithNotebooks(build_py):
    "Copies `nbs/` into the wheel as `pose_transfer_nb/notebooks/`; an editable install reads `nbs/` itself."
    def run(self):
        super().run()
        if getattr(self, 'editable_mode', False): return
        notebooks = Path(self.build_lib, cfg['lib_path'], 'notebooks')
        shutil.rmtree(notebooks, ignore_errors=True)
        for f in course_files():
            target = notebooks / f.relative_to('nbs')
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(f, target)


setup(
    name=cfg['dist_name'],
    version=cfg['version'],
    description=cfg['description'],
    long_description=Path('README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    author=cfg['author'],
    url=cfg['git_url'],
    keywords=cfg['keywords'].split(),
    license='Apache-2.0',
    license_files=['LICENSE', 'NOTICE'],
    classifiers=[
        'Development Status :: 3 - Alpha',
        'Intended Audience :: Developers',
        'Intended Audience :: Education',
        'Intended Audience :: Science/Research',
        'Programming Language :: Python :: 3',
        'Topic :: Scientific/Engineering :: Artificial Intelligence',
    ],
    python_requires='>=' + cfg['min_python'],
    packages=find_packages(include=[cfg['lib_path'], cfg['lib_path'] + '.*']),
    package_data={cfg['lib_path']: ['assets/*', 'live/stage/*', 'live/stage/*/*', 'live/stage/play/texts/*']},
    install_requires=cfg['requirements'].split(),
    extras_require={
        k: cfg[f'{k}_requirements'].split() for k in ('train', 'metrics', 'page', 'lab', 'studio', 'dev')
    },
    entry_points={
        'console_scripts': cfg['console_scripts'].split('\n'),
        'nbdev': [f"{cfg['lib_path']}={cfg['lib_path']}._modidx:d"],
    },
    cmdclass={'build_py': BuildWithNotebooks},
    zip_safe=False,
)
