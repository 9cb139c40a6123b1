import json
from pathlib import Path

import pytest

from vcam.platform.pipewire_state import parse_cameras, read_pipewire


def node(**properties: str) -> dict[str, object]:
    return {"id": 40, "type": "PipeWire:Interface:Node", "info": {"props": properties}}


CAMERA = node(
    **{"media.class": "Video/Source", "node.description": "Laptop (V4L2)", "api.v4l2.cap.card": "Laptop"}
)
OURS = node(**{"media.class": "Video/Source", "node.description": "GazeCam", "node.name": "gazecam"})
SPEAKER = node(**{"media.class": "Audio/Sink", "node.description": "Speaker"})


def test_cameras_are_told_by_the_names_that_the_kernel_gave_them_or_their_own():
    assert parse_cameras(json.dumps([CAMERA, SPEAKER, OURS])) == ("Laptop", "GazeCam")


def test_objects_without_properties_are_passed_over():
    assert parse_cameras('[{"id": 1, "info": null}, {"id": 2}, 3]') == ()


@pytest.mark.parametrize("text", ["", "{}", "{"])
def test_what_pw_dump_would_never_print_is_refused(text):
    with pytest.raises(ValueError, match=r"Expecting|expected"):
        parse_cameras(text)


def test_without_a_socket_nothing_runs(tmp_path: Path):
    assert not read_pipewire({"XDG_RUNTIME_DIR": str(tmp_path)}).running
    assert not read_pipewire({}).running


@pytest.mark.parametrize(("program", "managed"), [("wireplumber", True), ("pulseaudio", False)])
def test_the_session_manager_is_known_by_its_process(tmp_path: Path, program, managed):
    (tmp_path / "pipewire-0").touch()  # no socket, so that pw-dump, if it is there, has nobody to ask
    (tmp_path / "proc/77").mkdir(parents=True)
    (tmp_path / "proc/77/comm").write_text(f"{program}\n")
    environment = {"XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/usr/bin"}
    state = read_pipewire(environment, tmp_path / "proc")
    assert (state.running, state.managed, state.cameras) == (True, managed, None)
