"""Opening errors; reading real devices is tested in ``tests/e2e/test_virtual_camera_in_vm.py``."""

import sys

import pytest

from vcam.errors import SourceUnavailable
from vcam.sources.webcam import Webcam

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="opens Linux device nodes")


def test_a_camera_that_is_not_there_is_named():
    with pytest.raises(SourceUnavailable, match=r"camera /dev/video99 is not there; is it plugged in\?"):
        Webcam("/dev/video99")


def test_a_file_that_is_no_camera_is_refused_with_the_systems_reason(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a camera")
    with pytest.raises(SourceUnavailable, match=r"notes\.txt does not open: Inappropriate ioctl for device"):
        Webcam(str(path))
