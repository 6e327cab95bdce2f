"""The demonstration's command line: start JupyterLab, play the story, leave it open."""

from __future__ import annotations

import argparse
import importlib.util
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from notebook_automation import demo
from notebook_automation.demo.approval import play_approval, where_to_answer
from notebook_automation.demo.jupyterlab import DemoFailed, DemoLab
from notebook_automation.demo.mail_box import MailBox
from notebook_automation.demo.report import play_report
from notebook_automation.demo.story import play_story
from notebook_automation.sdk.errors import SdkError

_ENDS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


def main(words: Sequence[str] | None = None) -> int:
    """Run the demonstration; return 0 when everything happened."""
    parser = argparse.ArgumentParser(prog="python -m notebook_automation.demo", description=demo.__doc__)
    parser.add_argument("--folder", type=Path, default=Path("demo"), help="where everything of it lives (demo)")
    parser.add_argument("--exit", action="store_true", help="stop after the story, for a machine")
    given = parser.parse_args(words)
    if importlib.util.find_spec("matplotlib") is None:
        print("The examples plot with matplotlib: pip install 'notebook-automation[examples]'", file=sys.stderr)
        return 2
    # An end by a signal is an end in order: JupyterLab goes with us.
    if threading.current_thread() is threading.main_thread():
        for number in _ENDS:
            signal.signal(number, lambda number, _: sys.exit(128 + number))
    folder = given.folder.resolve()
    mails = MailBox(folder / "mails")
    lab = DemoLab(folder, mails.settings)
    lab.copy_examples()
    print(f"Notebook Automation, in {lab.root}", flush=True)
    code = 0
    try:
        lab.start()
        asks: list[str] = []
        try:
            play_story(lab)
            play_report(lab, mails)
            asks = where_to_answer(play_approval(lab))
        except (DemoFailed, SdkError, OSError) as error:
            code = 1
            print(f"  ✗ {error}", file=sys.stderr, flush=True)
        if asks:
            print("", *asks, sep="\n")
        print("\nThe panel is the Automation tab on the left of JupyterLab:")
        print(f"  {lab.show_sidebar()}", flush=True)
        if not given.exit:
            print("Ctrl-C stops it.", flush=True)
            lab.wait()
    except DemoFailed as error:
        code = 1
        print(f"  ✗ {error}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("\nStopping.", flush=True)
    finally:
        if threading.current_thread() is threading.main_thread():
            # `make` passes on what the terminal sends as well: a second signal must not keep us from ending.
            for number in _ENDS:
                signal.signal(number, signal.SIG_IGN)
        lab.stop()
        mails.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
