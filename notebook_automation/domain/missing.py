"""What is said where there is no thing of that name: what there may be instead, and how it is named."""

from __future__ import annotations

from .errors import NotFound


def no_trigger(key: str) -> NotFound:
    """Return what is raised where no trigger is called ``key``."""
    return NotFound(f"There is no trigger {key!r}: name it as project/name, or by its id.", code="trigger_not_found")


def no_rule(trigger: str, name: str) -> NotFound:
    """Return what is raised where the trigger ``project/name`` has no rule ``name``."""
    return NotFound(
        f"Trigger {trigger!r} has no rule {name!r}: jupyter automation rule list {trigger} shows those that it has.",
        code="rule_not_found",
    )


def no_notification(notification_id: str) -> NotFound:
    """Return what is raised where no notification has this id."""
    return NotFound(
        f"There is no notification {notification_id!r}: it may have been deleted; its id begins with ntf_.",
        code="notification_not_found",
    )


def no_session(session_id: str) -> NotFound:
    """Return what is raised where no session has this id."""
    return NotFound(
        f"There is no session {session_id!r}: it may have been deleted; a session is named by its id, which begins "
        "with ses_.",
        code="session_not_found",
    )


def no_group(group_id: str) -> NotFound:
    """Return what is raised where no group of sessions has this id."""
    return NotFound(
        f"There is no group of sessions {group_id!r}: it may have been deleted; its id begins with grp_.",
        code="group_not_found",
    )


def no_event(event_id: str) -> NotFound:
    """Return what is raised where no event has this id."""
    return NotFound(
        f"There is no event {event_id!r}: an event is named by its id, which begins with evt_.", code="event_not_found"
    )


def no_project(key: str) -> NotFound:
    """Return what is raised where no project is called ``key``."""
    return NotFound(
        f"There is no project {key!r}: name it by its name or id; a folder becomes a project with its first trigger.",
        code="project_not_found",
    )


def no_file(path: str, kind: str) -> NotFound:
    """Return what is raised where there is no ``kind`` (folder, notebook) at ``path``."""
    return NotFound(
        f"There is no {kind} {path!r} under the Jupyter root: give its path from the top of the file browser.",
        code="path_not_found",
    )


def no_variable(project: str, name: str) -> NotFound:
    """Return what is raised where a project has no variable ``name``."""
    return NotFound(
        f"Project {project!r} has no variable {name!r}: the page Variables shows those that there are.",
        code="variable_not_found",
    )
