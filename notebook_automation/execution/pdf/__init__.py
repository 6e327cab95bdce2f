"""An executed notebook as a PDF, made by Typst in a process of its own: no LaTeX, no browser.

What a notebook holds is data to the compiler and never markup: it comes as JSON to a program that is always the same
(`report.typ`), which opens no file but those of its own temporary folder.
"""

from .report import PdfFailed, pdf_report

__all__ = ["PdfFailed", "pdf_report"]
