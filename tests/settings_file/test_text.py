import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcam.config import flat_table
from vcam.settings_file.text import edited


def test_a_value_is_set_in_its_place_and_its_comment_stays():
    assert edited("a = 1  # one\nb = 2\n", {"a": 7}) == "a = 7  # one\nb = 2\n"


def test_a_mark_inside_a_text_is_no_comment():
    assert edited('a = "x # y" # z\n', {"a": "n"}) == 'a = "n" # z\n'


def test_a_new_key_follows_the_last_of_its_section():
    text = "[a]\nx = 1\n\n# about b\n[b]\ny = 2\n"
    assert edited(text, {"a.z": True}) == "[a]\nx = 1\nz = true\n\n# about b\n[b]\ny = 2\n"


def test_a_key_of_no_section_comes_before_the_sections():
    assert edited("[a]\nx = 1\n", {"top": "t"}) == 'top = "t"\n[a]\nx = 1\n'


def test_a_new_section_comes_last():
    assert edited("[a]\nx = 1\n", {"b.c.y": 2}) == "[a]\nx = 1\n\n[b.c]\ny = 2\n"


def test_the_same_name_in_another_section_is_left_alone():
    assert edited("[a]\nx = 1\n[b]\nx = 1\n", {"b.x": 2}) == "[a]\nx = 1\n[b]\nx = 2\n"


def test_line_endings_stay():
    assert edited("a = 1\r\n[b]\r\nc = 2\r\n", {"b.c": 3}) == "a = 1\r\n[b]\r\nc = 3\r\n"


@pytest.mark.parametrize(
    "text",
    [
        "b = {c = 1}\n",
        "b.c = 1\n",
        '[b]\n"c" = 1\n',
        '[b]\nc = """\nlong\n"""\n',
        "[b] # x\nd = '''\n[b]\nc = 1\n'''\nc = 1\n",
    ],
)
def test_a_layout_that_is_not_followed_is_not_guessed(text):
    result = edited(text, {"b.c": 2})
    assert result is None or tomllib.loads(result) == tomllib.loads(text) | {
        "b": tomllib.loads(text)["b"] | {"c": 2}
    }


_NAMES = st.sampled_from(["a", "b", "c"])
_VALUES = st.one_of(
    st.booleans(),
    st.integers(-5, 5),
    st.text("x#\"'[]=\\ \n\u2028é", max_size=6),
    st.floats(-2, 2).map(lambda x: x + 0.5),
)
_TABLES = st.dictionaries(_NAMES, _VALUES | st.dictionaries(st.sampled_from(["x", "y"]), _VALUES), max_size=3)


@settings(deadline=None)
@given(table=_TABLES, changes=st.dictionaries(st.sampled_from(["k", "s.x", "s.y", "t.u.v"]), _VALUES))
def test_an_edited_document_means_what_was_asked(table, changes):
    text = edited("", flat_table(table))
    assert text is not None
    result = edited(text, changes)
    assert result is not None
    expected = {key: value for key, value in flat_table(table).items() if value != {}} | changes
    assert flat_table(tomllib.loads(result)) == expected
