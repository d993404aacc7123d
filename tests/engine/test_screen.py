from mien.engine import screen


def test_what_is_no_terminal_has_whole_lines_and_texts_as_they_are(capsys):
    name = "[red]a :smile: " + "long " * 100 + ".jpg"
    screen.console().print(name)
    assert capsys.readouterr().out == f"{name}\n"
