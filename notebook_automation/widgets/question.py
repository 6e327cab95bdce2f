"""The widget of `na.form`: a form whose page hands in what was filled in, while the cell that asked waits."""

from __future__ import annotations

from typing import Any

import traitlets

from .browser_side import AskingWidget, script, style


class QuestionWidget(AskingWidget):
    """Shows a form, as long as its ``state`` is `open`; else what became of it (`submitted`, `closed`)."""

    _esm = script("server", "form", "question")
    _css = style()
    form_id = traitlets.Unicode().tag(sync=True)
    form_schema = traitlets.Any().tag(sync=True)
    proposed = traitlets.Any(allow_none=True).tag(sync=True)
    prompt = traitlets.Unicode().tag(sync=True)
    state = traitlets.Unicode("open").tag(sync=True)

    def __init__(self, form_id: str, schema: Any, prompt: str, proposed: Any) -> None:
        super().__init__(form_id=form_id, form_schema=schema, prompt=prompt, proposed=proposed)
