import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.platform.exec_words import exec_words
from vcam.platform.desktop_entry import entry_text, exec_line


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["/usr/bin/gazecam", "run"], "/usr/bin/gazecam run"),
        (["/home/a b/gazecam"], '"/home/a b/gazecam"'),
        (["50%"], "50%%"),
        (["say", 'a "b"'], r'say "a \"b\""'),
        (["$HOME"], r'"\$HOME"'),
        ([""], '""'),
        (["it's"], '"it\'s"'),
    ],
)
def test_words_are_quoted_as_the_specification_says(words, line):
    assert exec_line(words) == line


@given(st.lists(st.text("aZ09 /.-_=\\\"'`$%&;|<>*?#()~é", max_size=12), min_size=1))
def test_a_reader_of_the_line_gets_the_same_words(words):
    assert exec_words(exec_line(words)) == words


def test_a_value_is_written_as_a_string():
    text = entry_text({"Desktop Entry": {"Exec": r'"\$x"', "Name": "two\nlines"}})
    assert text == '[Desktop Entry]\nExec="\\\\$x"\nName=two\\nlines\n'
