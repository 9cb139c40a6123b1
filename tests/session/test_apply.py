"""Other settings while frames flow."""

import pytest

from tests.session.cast import SIZE, config, is_corrected, level
from vcam.errors import ConfigError, SourceUnavailable


def test_another_camera_takes_over_while_a_reader_keeps_the_device_and_its_size(call):
    call.session.apply(config("source.spec=camera:side", "source.width=128", "source.height=72"))
    call.viewers.see(lambda frame: level(frame) == 150 and is_corrected(frame), "the other camera")
    assert call.house.open == ["side"]
    assert call.outputs == [SIZE]
    assert not call.viewers.closed
    status = call.session.status()
    assert (status.camera, status.size) == ("side", SIZE)
    assert call.session.config.source.spec == "camera:side"


def test_frames_are_numbered_on_over_a_change_of_camera(call):
    call.session.apply(config("source.spec=camera:side"))
    call.viewers.see(lambda frame: level(frame) == 150, "the other camera")
    numbers = [frame.index for frame in call.viewers.sent if level(frame) in (100, 150)]
    assert numbers == sorted(numbers)


def test_the_same_camera_is_opened_anew_at_another_size(call):
    call.session.apply(config("source.width=128", "source.height=72"))
    call.viewers.see(lambda frame: frame.width == 128, "the other size")
    assert call.house.open == ["front"]
    assert call.house.openings == 2


@pytest.mark.parametrize("spec", ["camera:none", "camera:taken"])
def test_a_camera_that_cannot_be_had_is_an_error_and_the_old_one_goes_on(call, spec):
    call.house.plugged["taken"] = 200
    call.house.held.add("taken")
    before = call.session.config
    with pytest.raises(SourceUnavailable, match=r"no camera none|held by another"):
        call.session.apply(config(f"source.spec={spec}"))
    call.viewers.see(lambda frame: level(frame) == 100 and is_corrected(frame), "the old camera")
    assert call.session.config is before
    assert call.house.open == ["front"]
    assert call.house.openings == 1
    assert call.kinds() == []


def test_the_same_camera_that_does_not_open_at_another_size_goes_on_as_before(call):
    call.house.held.add("front")  # from the moment in which it is closed to be opened anew
    with pytest.raises(SourceUnavailable, match="held by another"):
        call.session.apply(config("source.width=128"))
    call.house.held.clear()
    call.viewers.see(lambda frame: frame.width == SIZE[0] and is_corrected(frame), "the old size")
    assert call.session.config.source.width == SIZE[0]


def test_another_redirector_takes_over_and_the_models_before_are_closed(call):
    call.session.apply(config("redirector=geometric"))
    call.viewers.see(is_corrected, "corrected frames")
    assert [models.name for models in call.models] == ["cfgr", "geometric"]
    assert [models.closed for models in call.models] == [True, False]


def test_models_that_cannot_be_had_are_an_error_and_the_old_ones_go_on(call):
    call.refusal = ConfigError("engine.backend cuda: there is no GPU")
    with pytest.raises(ConfigError, match="no GPU"):
        call.session.apply(config("engine.backend=cuda"))
    call.viewers.see(is_corrected, "corrected frames")
    assert not call.models[0].closed
    assert call.session.config.engine.backend == "auto"


def test_where_the_camera_cannot_be_had_the_new_models_are_closed(call):
    call.house.held.add("side")
    with pytest.raises(SourceUnavailable, match="held by another"):
        call.session.apply(config("source.spec=camera:side", "redirector=geometric"))
    assert [models.closed for models in call.models] == [False, True]


def test_another_output_needs_a_new_start(call):
    with pytest.raises(ConfigError, match=r"sink\.spec: 'preview' takes effect when"):
        call.session.apply(config("sink.spec=preview"))


def test_strengths_in_the_settings_reach_the_controls(call):
    call.session.apply(config("policy.strength=0.5", "policy.mode=teleprompter"))
    state = call.session.controls.state
    assert (state.strength, state.mode) == (0.5, "teleprompter")
    assert len(call.models) == 1


def test_what_was_switched_while_settings_were_applied_is_newer_than_they_are(call):
    call.session.controls.change(mode="off")
    build = call._build

    def toggle_meanwhile(*words: object) -> object:
        call.session.controls.toggle()
        return build(*words)

    object.__setattr__(call.session._lasting.parts, "build_corrector", toggle_meanwhile)
    call.session.apply(config("policy.mode=off", "redirector=geometric"))
    assert call.session.controls.state.mode == "call"


def test_settings_applied_before_the_start_are_those_it_starts_with(scene):
    scene.session.apply(config("source.spec=camera:side"))
    scene.viewers.come()
    scene.session.start()
    scene.viewers.see(lambda frame: level(frame) == 150, "the other camera")
