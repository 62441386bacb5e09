"Pictures of every kind, and what is none."
import numpy as np
import pandas as pd
import pytest
import torch
from conftest import change
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from pose_transfer_nb.data.report import check_dataset
from pose_transfer_nb.dataset import PosePairs
from pose_transfer_nb.ground.pictures import animation, as_image, picture_size, write_animation


def described():
    "A PNG's text that says, as editors do, that the picture lies on its side; a PNG is turned by EXIF alone."
    said = '<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="8"/>'
    text = PngInfo()
    text.add_itxt('XML:com.adobe.xmp', f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{said}</x:xmpmeta>')
    return text


def kinds(folder):
    "Unusual but whole pictures of a red field: name, path, size, colour near the upper left corner."
    field, exif, red = Image.new('RGB', (48, 40), 'red'), Image.Exif(), (255, 0, 0)
    field.paste('blue', (38, 0, 48, 40))
    exif[0x0112] = 8  # lies on its right side; upright, blue is above
    cases = dict(
        rotated=('r.jpg', field, dict(exif=exif), (40, 48), (0, 0, 255)),
        rotated_png=('r.png', field, dict(exif=exif), (40, 48), (0, 0, 255)),
        rotated_tiff=('r.tif', field, dict(exif=exif), (40, 48), (0, 0, 255)),
        described=('x.png', field, dict(pnginfo=described()), (48, 40), red),
        animated=(
            'a.gif',
            field,
            dict(save_all=True, append_images=[Image.new('RGB', (48, 40), 'green')]),
            (48, 40),
            red,
        ),
        cmyk=('c.jpg', Image.new('CMYK', (48, 40), (0, 255, 255, 0)), {}, (48, 40), red),
        alpha=('t.png', Image.new('RGBA', (48, 40), (255, 0, 0, 0)), {}, (48, 40), (255, 255, 255)),
        palette_with_alpha=(
            'p.png',
            Image.new('P', (48, 40)),
            dict(transparency=0),
            (48, 40),
            (255, 255, 255),
        ),
        grey_16_bit=(
            'g.png',
            Image.fromarray(np.full((40, 48), 257 * 90, np.uint16)),
            {},
            (48, 40),
            (90, 90, 90),
        ),
        grey=('g.jpg', Image.new('L', (48, 40), 90), {}, (48, 40), (90, 90, 90)),
        bilevel=('b.png', Image.new('1', (48, 40), 1), {}, (48, 40), (255, 255, 255)),
        huge=('h.jpg', Image.new('RGB', (8000, 5000), 'red'), {}, (8000, 5000), red),
    )
    for name, (file, image, options, size, colour) in cases.items():
        image.save(folder/file, **options)
        yield name, folder/file, size, colour


def test_a_png_says_at_its_end_how_it_lies(tmp_path):
    "The size is read without decoding, so what stands behind the pixels counts for nobody."
    exif = Image.Exif()
    exif[0x0112] = 8
    path = tmp_path/'end.png'
    Image.new('RGB', (48, 40)).save(path, exif=exif)
    data = path.read_bytes()
    start = data.index(b'eXIf') - 4
    stop = start + 12 + int.from_bytes(data[start:start + 4], 'big')
    path.write_bytes(data[:start] + data[stop:-12] + data[start:stop] + data[-12:])
    assert as_image(path).size == (48, 40) and picture_size(path) == (40, 48)


def test_pictures_of_every_kind(tmp_path):
    for name, path, size, colour in kinds(tmp_path):
        image = as_image(path)
        assert image.mode == 'RGB' and image.size == size, name
        assert picture_size(path) == size[::-1], name
        assert np.abs(np.subtract(image.getpixel((3, 3)), colour)).max() <= 3, name


@pytest.mark.parametrize('name', ['rotated', 'animated', 'alpha', 'huge'])
def test_a_dataset_takes_pictures_of_every_kind(noise, name):
    "Sizes in the tables are those of upright pictures."
    path, size = next((path, size) for kind, path, size, _ in kinds(noise) if kind == name)
    path = path.rename(noise/'img'/path.name)
    change(noise/'train_img_pairs.csv', 0, imgB=f'img/{path.name}')
    change(noise/'train_img_keypoints.csv', 1, file_id=f'img{path.stem}', img_w=size[0], img_h=size[1])
    change(noise/'train_img_pairs.csv', 1, imgA='img/b_0.png')   # nobody has the row of img/a_1.png any more
    drop = pd.read_csv(noise/'train_img_pairs.csv')
    drop[~drop.isin(['img/a_1.png']).any(axis=1)].to_csv(noise/'train_img_pairs.csv', index=False)
    pairs = PosePairs(noise, size=(32, 32))
    assert pairs[0]['target_id'] == f'img{path.stem}' and pairs[0]['target_image'].shape == (3, 32, 32)
    found = [f.what for f in check_dataset(noise).faults if f.stops]
    assert not found


def test_a_picture_too_large_to_be_one(tmp_path, one_error, monkeypatch):
    Image.new('RGB', (64, 64)).save(tmp_path/'bomb.png')
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 1000)
    for read in as_image, picture_size:
        with one_error(ValueError, tmp_path/'bomb.png'): read(tmp_path/'bomb.png')


def test_a_folder_for_a_picture(tmp_path, one_error):
    (tmp_path/'img').mkdir()
    for read in as_image, picture_size:
        with one_error(ValueError, tmp_path/'img'): read(tmp_path/'img')


NO_PICTURES = {
    'holes': np.full((4, 4, 3), np.nan),
    'floats to 255': np.full((4, 4, 3), 200.),
    'below 0': np.full((4, 4), -5),
    'above 255': np.full((4, 4), 300),
    'complex': np.zeros((4, 4), complex),
    'words': np.array([['red']]),
    'objects': np.array([[None]]),
    'nothing': np.zeros((0, 4, 3)),
    'a tensor with holes': torch.full((3, 4, 4), float('nan')),
    'a tensor of bytes': torch.full((3, 4, 4), 200, dtype=torch.uint8),
    'no pixels': Image.new('RGB', (0, 4)),
    'fractions': Image.new('F', (4, 4), .5),
}


@pytest.mark.parametrize('name', NO_PICTURES)
def test_numbers_that_are_no_picture(name):
    with pytest.raises(ValueError): as_image(NO_PICTURES[name])


def test_numbers_of_another_kind():
    "Whole numbers of any length are brightness from 0 to 255; a float may go a little too far."
    for kind in np.uint8, np.int16, np.int64:
        assert as_image(np.full((4, 4), 90, kind)).getpixel((0, 0)) == (90, 90, 90)
    assert as_image(np.full((4, 4), 1.1)).getpixel((0, 0)) == (255, 255, 255)


def test_a_file_of_fractions(tmp_path, one_error):
    Image.new('F', (4, 4), .5).save(tmp_path/'f.tif')
    with one_error(ValueError, tmp_path/'f.tif', '8 bits'): as_image(tmp_path/'f.tif')


@pytest.mark.parametrize('seconds', [-1, 1e9, float('nan')])
def test_an_animation_that_takes_no_time(seconds):
    with pytest.raises(ValueError, match='seconds'): animation([Image.new('RGB', (4, 4))], seconds)


def test_an_animation_of_nothing():
    with pytest.raises(ValueError, match='one picture'): animation([])


def test_an_animation_under_another_name(tmp_path, one_error):
    with one_error(ValueError, tmp_path/'x.png', '.gif'):
        write_animation(tmp_path/'x.png', [Image.new('RGB', (4, 4))])
