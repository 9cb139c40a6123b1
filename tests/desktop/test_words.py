"""Every reason that the program can give is said in words a person understands."""

import ast
import math
from pathlib import Path

import numpy as np
import pytest

import vcam
from vcam.desktop import words
from vcam.desktop.words import account, direction_in_words, figures, reason_in_words, size_in_words, watchers
from vcam.session import Activity, SessionStatus
from vcam.types import Correction, EyeRedirection, Frame, Gaze, Redirection

PACKAGE = Path(vcam.__file__).parent


def corrected(
    pitch_deg: float, yaw_deg: float, strength: float = 1.0, reason: str | None = None
) -> Correction:
    frame = Frame(0, 0.0, np.zeros((4, 4, 3), np.uint8))
    gaze = Gaze(math.radians(pitch_deg), math.radians(yaw_deg))
    eye = EyeRedirection(gaze, Gaze(0.0, 0.0), strength, reason)
    return Correction(frame, frame, None, None, Redirection(eye, eye), None, {})


def told(activity: Activity, reason: str | None = None, *, enabled: bool = True) -> words.Account:
    return account(SessionStatus(activity, reason), enabled=enabled)


def reasons_in(name: str) -> set[str]:
    """Strings of a module that can become a reason."""
    tree = ast.parse((PACKAGE / name).read_text("utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name="_judge"):
                fades = next(part for part in ast.walk(node) if isinstance(part, ast.Dict))
                found |= {key.value for key in fades.keys if isinstance(key, ast.Constant)}
            case ast.Assign(targets=[target], value=value) if "reason" in ast.unparse(target):
                found |= strings_in(value)
            case ast.Call(func=ast.Name(id="_untouched"), args=[_, reason, _]):
                found |= strings_in(reason)
            case ast.FunctionDef(name="_why_untouched"):
                found |= {
                    part
                    for item in ast.walk(node)
                    if isinstance(item, ast.Return)
                    for part in strings_in(item)
                }
            case _:
                pass
    return found


def strings_in(node: ast.AST) -> set[str]:
    return {
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    } - {""}


@pytest.mark.parametrize("module", ["policy.py", "corrector.py", "sender.py"])
def test_every_reason_of_the_code_has_words(module: str) -> None:
    found = reasons_in(module)

    assert found, f"no reasons found in {module}: does this test still know where they stand?"
    assert found <= words.REASONS.keys()


def test_a_reason_without_words_is_shown_as_it_is() -> None:
    assert reason_in_words("lens fogged") == "Lens fogged."


@pytest.mark.parametrize("activity", list(Activity))
def test_every_activity_has_a_headline(activity: Activity) -> None:
    assert told(activity, "camera away").headline


def test_passing_through_names_the_reason() -> None:
    now = told(Activity.PASSING, "looking away")

    assert (now.tone, now.detail) == ("passing", "You look too far from the lens.")


def test_eyes_that_meet_the_lens_anyway_are_no_pause() -> None:
    assert told(Activity.PASSING, "nothing to change").tone == "on"


def test_waiting_says_whether_it_would_correct() -> None:
    assert told(Activity.WAITING, enabled=True).tone == "on"
    assert told(Activity.WAITING, enabled=False).tone == "off"


def test_a_problem_is_quoted() -> None:
    now = told(Activity.PROBLEM, "camera BRIO is not there; is it plugged in?")

    assert now.tone == "problem"
    assert now.detail == "Camera BRIO is not there; is it plugged in?"


def test_the_direction_is_the_persons_own() -> None:
    # yaw is positive toward the left of the picture: the subject's right (docs/conventions.md)
    assert direction_in_words(math.radians(-9), math.radians(3)) == "9° below and 3° to the right of"
    assert direction_in_words(math.radians(5), 0) == "5° above"
    assert direction_in_words(math.radians(1), math.radians(1)) is None


def test_live_says_where_the_eyes_are_and_where_viewers_see_them() -> None:
    status = SessionStatus(Activity.LIVE)

    full = account(status, enabled=True, newest=corrected(-9, 0))
    half = account(status, enabled=True, newest=corrected(-10, 0, strength=0.5))

    assert full.detail == "You look 9° below the lens. Viewers see your eyes meet it."
    assert half.detail == "You look 10° below the lens. Viewers see 5° below it."


def test_a_correction_on_its_way_out_says_why() -> None:
    now = account(SessionStatus(Activity.LIVE), enabled=True, newest=corrected(-25, 0, 0.2, "looking away"))

    assert now.detail == words.REASONS["looking away"]


def test_figures_leave_out_what_is_not_known() -> None:
    assert figures(SessionStatus(Activity.STARTING)) == []
    status = SessionStatus(Activity.LIVE, fps=29.97, delay_ms=26.6, size=(1280, 720), backend="CPU")
    assert figures(status) == ["27 ms added delay", "30 frames per second", size_in_words(1280, 720), "CPU"]


@pytest.mark.parametrize(
    ("readers", "expected"),
    [
        (None, "GazeCam"),
        (0, "GazeCam, not in use"),
        (1, "GazeCam, used by 1 program"),
        (2, "GazeCam, used by 2 programs"),
    ],
)
def test_readers_are_counted_as_far_as_the_system_tells(readers: int | None, expected: str) -> None:
    assert watchers(SessionStatus(Activity.LIVE, output="GazeCam", readers=readers)) == expected
