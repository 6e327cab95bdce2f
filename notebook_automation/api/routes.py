"""The list of what the API has: every module that brings routes, in the order in which the API is described."""

from __future__ import annotations

from . import (
    artifacts,
    checkpoints,
    contents,
    events,
    forms,
    inquiries,
    inquiry_answers,
    inquiry_links,
    inquiry_prompts,
    inquiry_shown,
    projects,
    server,
    session_inquiries,
    session_records,
    sessions,
    shown,
    signals,
    steps,
    triggers,
    waits,
)

ROUTES = (
    *triggers.ROUTES,
    *projects.ROUTES,
    *sessions.ROUTES,
    *session_records.ROUTES,
    *checkpoints.ROUTES,
    *waits.ROUTES,
    *steps.ROUTES,
    *session_inquiries.ROUTES,
    *shown.ROUTES,
    *artifacts.ROUTES,
    *contents.ROUTES,
    *events.ROUTES,
    *signals.ROUTES,
    *inquiries.ROUTES,
    *inquiry_answers.ROUTES,
    *inquiry_shown.ROUTES,
    *inquiry_prompts.ROUTES,
    *forms.ROUTES,
    *inquiry_links.ROUTES,
    *server.ROUTES,
)
