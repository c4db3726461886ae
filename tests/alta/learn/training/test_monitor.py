"""The monitor writes figures as JSON lines, and drops those that come again."""

import json

from alta.learn.training.monitor import monitor


def test_figures_of_later_steps_are_dropped_before_they_come_again(tmp_path):
    path = tmp_path / "metrics.jsonl"
    with monitor("training", 3, path, quiet=True) as shown:
        for step in (1, 2, 3):
            shown.write({"step": step})
        shown.keep_up_to(2)
    assert [json.loads(line)["step"] for line in path.read_text().splitlines()] == [1, 2]


def test_a_line_that_was_cut_off_is_dropped(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"ste')
    with monitor("training", 3, path, quiet=True) as shown:
        shown.keep_up_to(9)
    assert path.read_text() == '{"step": 1}\n'


def test_without_a_terminal_or_a_file_nothing_is_shown(capsys):
    with monitor("training", 3, None) as shown:
        shown.show(1, 2.0, 0.5, None)
        shown.write({"step": 1})
        shown.keep_up_to(0)
    assert capsys.readouterr() == ("", "")
