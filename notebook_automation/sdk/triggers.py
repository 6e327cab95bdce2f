"""`na.webhook_url`: where to post, to fire a trigger of this project."""

from __future__ import annotations

from .client import connect, path_of
from .errors import Invalid, for_people
from .notebook import project_name


@for_people
def webhook_url(trigger_name: str) -> str:
    """Return the URL of the webhook trigger ``trigger_name`` (or ``project/name``).

    Raises Refused (``not_found``) when there is no such trigger, Invalid when it is no webhook.
    """
    project, _, name = trigger_name.rpartition("/")
    trigger = connect().get(path_of("triggers", project or project_name(), name))
    if not trigger["url"]:
        raise Invalid(
            f"{trigger['ref']} is a trigger of type {trigger['type']} and has no URL: register it with --webhook.",
            code="no_webhook",
        )
    return str(trigger["url"])
