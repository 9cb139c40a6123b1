import numpy as np

from training.synthesis.room import room
from training.synthesis.webcam import Sensor, decode, encode


def flat(level: float) -> np.ndarray:
    return np.full((90, 160, 3), level, np.float32)


def test_display_values_decode_to_the_light_they_came_from() -> None:
    light = np.linspace(0, 0.69, 100, dtype=np.float32)
    np.testing.assert_allclose(decode(encode(light).astype(np.float64)), light, atol=1e-5)


def test_highlights_bend_instead_of_clipping() -> None:
    bright = encode(np.array([0.9, 1.5, 4.0], np.float32))
    assert np.all(np.diff(bright) > 0)
    assert bright.max() <= 1


def test_a_gray_card_comes_out_gray() -> None:
    picture = Sensor(vignette=0.0, noise=0.0).develop(flat(0.2), np.random.default_rng(0))
    assert picture.dtype == np.uint8
    assert np.ptp(picture) == 0
    assert picture[0, 0, 0] == round(float(encode(np.float32([0.2]))[0]) * 255)


def test_red_light_lands_in_the_last_channel() -> None:
    light = flat(0.0)
    light[..., 0] = 0.5
    picture = Sensor(noise=0.0).develop(light, np.random.default_rng(0))
    assert picture[45, 80, 2] > 150 > picture[45, 80, 0]


def test_corners_lose_light() -> None:
    picture = Sensor(vignette=0.3, noise=0.0).develop(flat(0.3), np.random.default_rng(0))
    assert picture[0, 0, 1] < picture[45, 80, 1]


def test_the_same_seed_gives_the_same_noise() -> None:
    sensor = Sensor(noise=0.02)
    first, again, other = (sensor.develop(flat(0.3), np.random.default_rng(k)) for k in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_room_is_out_of_focus() -> None:
    wall = room(320, 180, np.random.default_rng(3))
    assert wall.shape == (180, 320, 3)
    assert wall.min() > 0
    assert np.abs(np.diff(wall, axis=1)).max() < 0.05
