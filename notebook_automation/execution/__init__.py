"""Running a notebook: kernel, client loop, incremental writer, and papermill's engine interface over them."""
