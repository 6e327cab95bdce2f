"""`python -m notebook_automation.demo`: JupyterLab on the example project, with everything fired once for real."""
