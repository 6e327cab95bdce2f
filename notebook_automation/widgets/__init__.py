"""Live ipywidgets in a notebook: what runs, how far it is, and the buttons to end it or run it again."""
