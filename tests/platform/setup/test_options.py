from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcam.platform.setup.options import (
    ANY_NUMBER,
    Loopback,
    module_options,
    parse_options,
    read_kept,
    sayable,
)

LABELS = st.from_regex(r"[A-Za-z0-9()#_.-]([A-Za-z0-9()#_. -]{0,20}[A-Za-z0-9()#_.-])?", fullmatch=True)
LOOPBACKS = st.lists(
    st.builds(Loopback, LABELS, st.integers(0, 200) | st.just(ANY_NUMBER), st.booleans()),
    min_size=1,
    max_size=8,
)


@given(LOOPBACKS)
def test_what_is_written_is_read_back(loopbacks):
    line = " ".join(["options", "v4l2loopback", *module_options(loopbacks)])
    assert parse_options([line]) == loopbacks


def test_a_label_of_several_words_is_quoted_for_the_kernel():
    assert module_options([Loopback("OBS Virtual Camera", 3)])[2] == 'card_label="OBS Virtual Camera"'


def test_of_an_option_given_twice_the_last_counts():
    files = ["options v4l2loopback video_nr=3 card_label=First", "options v4l2loopback card_label=Second"]
    assert parse_options(files) == [Loopback("Second", 3, exclusive=False)]


def test_a_device_without_a_label_has_the_modules_own():
    assert parse_options(["options v4l2loopback devices=2 card_label=One"])[1].label == (
        "Dummy video device (0x0001)"
    )


def test_continued_lines_comments_and_other_modules_are_read_as_modprobe_does():
    text = "# options v4l2loopback card_label=No\noptions uvcvideo quirks=2\n"
    text += "options \\\n v4l2loopback card_label=Yes"
    assert [loopback.label for loopback in parse_options([text])] == ["Yes"]


@pytest.mark.parametrize("text", ["", "blacklist v4l2loopback", 'options v4l2loopback card_label="open'])
def test_files_that_make_no_device_are_no_device(text):
    assert parse_options([text]) == []


def test_a_file_of_ours_is_not_taken_for_one_of_others(tmp_path: Path):
    for folder, name, label in (
        ("etc", "zz-gazecam.conf", "GazeCam"),
        ("usr/lib", "98-v4l2loopback.conf", "OBS"),
    ):
        (tmp_path / folder / "modprobe.d").mkdir(parents=True)
        (tmp_path / folder / "modprobe.d" / name).write_text(f"options v4l2loopback card_label={label}\n")
    assert [loopback.label for loopback in read_kept(tmp_path, "zz-gazecam.conf")] == ["OBS"]


def test_a_file_in_etc_hides_its_namesake(tmp_path: Path):
    for folder, label in (("etc", "Own"), ("usr/lib", "Packaged")):
        (tmp_path / folder / "modprobe.d").mkdir(parents=True)
        (tmp_path / folder / "modprobe.d/v4l2.conf").write_text(f"options v4l2loopback card_label={label}\n")
    assert [loopback.label for loopback in read_kept(tmp_path, "zz-gazecam.conf")] == ["Own"]


@pytest.mark.parametrize(("label", "fits"), [("OBS Virtual Camera", True), ("a,b", False), ('a"b', False)])
def test_labels_that_the_module_would_take_apart_are_known(label, fits):
    assert sayable(label) is fits
