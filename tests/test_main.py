import sys

from mien import __main__ as main


def test_a_closed_stream_takes_what_is_written_and_gives_nothing(monkeypatch):
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    main._open_what_is_closed()
    with sys.stdin as given, sys.stdout as out, sys.stderr as error:
        assert given.read() == ""
        for stream in (out, error):
            stream.write("mien")
            stream.flush()
