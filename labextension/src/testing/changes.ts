/** Every kind of change, as a real server has sent it. Written by `python tests/server_changes.py`. */
import { IChange } from '../api/change-types';

export const SERVER_CHANGES: readonly IChange[] = [
  {
    "type": "change",
    "seq": 1,
    "channel": "projects",
    "id": "prj_00000000000000000000000001",
    "activity": "created",
    "content": {
      "name": "sales"
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 2,
    "channel": "triggers",
    "id": "trg_00000000000000000000000002",
    "activity": "created",
    "content": {
      "ref": "sales/on_order",
      "type": "event",
      "enabled": true
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 3,
    "channel": "projects",
    "id": "prj_00000000000000000000000001",
    "activity": "updated",
    "content": {
      "name": "sales"
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 4,
    "channel": "projects",
    "id": "prj_00000000000000000000000001",
    "activity": "updated",
    "content": {
      "name": "sales"
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 5,
    "channel": "triggers",
    "id": "trg_00000000000000000000000002",
    "activity": "updated",
    "content": {
      "ref": "sales/on_order",
      "type": "event",
      "enabled": false
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 6,
    "channel": "triggers",
    "id": "trg_00000000000000000000000002",
    "activity": "updated",
    "content": {
      "ref": "sales/on_order",
      "type": "event",
      "enabled": true
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 7,
    "channel": "events",
    "id": "evt_00000000000000000000000003",
    "activity": "created",
    "content": {
      "type": "order_paid",
      "source": "emit",
      "trigger": "sales/on_order"
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 8,
    "channel": "sessions",
    "id": "ses_00000000000000000000000004",
    "activity": "created",
    "content": {
      "status": "requested",
      "call": "report.ipynb",
      "project": "sales",
      "trigger": "sales/on_order",
      "current_cell": null,
      "total_cells": null,
      "progress": null,
      "created_at": "2026-01-01T00:00:00.000Z",
      "started_at": null,
      "finished_at": null
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 9,
    "channel": "sessions",
    "id": "ses_00000000000000000000000004",
    "activity": "updated",
    "content": {
      "status": "scheduled",
      "call": "report.ipynb",
      "project": "sales",
      "trigger": "sales/on_order",
      "current_cell": null,
      "total_cells": null,
      "progress": null,
      "created_at": "2026-01-01T00:00:00.000Z",
      "started_at": null,
      "finished_at": null
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 10,
    "channel": "sessions",
    "id": "ses_00000000000000000000000004",
    "activity": "updated",
    "content": {
      "status": "running",
      "call": "report.ipynb",
      "project": "sales",
      "trigger": "sales/on_order",
      "current_cell": null,
      "total_cells": null,
      "progress": null,
      "created_at": "2026-01-01T00:00:00.000Z",
      "started_at": "2026-01-01T00:00:00.000Z",
      "finished_at": null
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 11,
    "channel": "sessions",
    "id": "ses_00000000000000000000000004",
    "activity": "cell",
    "content": {
      "status": "running",
      "call": "report.ipynb",
      "project": "sales",
      "trigger": "sales/on_order",
      "current_cell": 1,
      "total_cells": 2,
      "progress": null,
      "created_at": "2026-01-01T00:00:00.000Z",
      "started_at": "2026-01-01T00:00:00.000Z",
      "finished_at": null
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 12,
    "channel": "sessions",
    "id": "ses_00000000000000000000000004",
    "activity": "steps",
    "content": {
      "steps": 1
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 13,
    "channel": "sessions",
    "id": "ses_00000000000000000000000004",
    "activity": "log",
    "content": {
      "entries": 1
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 14,
    "channel": "inquiries",
    "id": "inq_00000000000000000000000005",
    "activity": "created",
    "content": {
      "session_id": "ses_00000000000000000000000004",
      "project_id": "prj_00000000000000000000000001",
      "status": "pending",
      "title": "Release?",
      "stage": 0
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 15,
    "channel": "sessions",
    "id": "ses_00000000000000000000000004",
    "activity": "updated",
    "content": {
      "status": "running",
      "call": "report.ipynb",
      "project": "sales",
      "trigger": "sales/on_order",
      "current_cell": 1,
      "total_cells": 2,
      "progress": null,
      "created_at": "2026-01-01T00:00:00.000Z",
      "started_at": "2026-01-01T00:00:00.000Z",
      "finished_at": null
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 16,
    "channel": "inquiries",
    "id": "inq_00000000000000000000000005",
    "activity": "updated",
    "content": {
      "session_id": "ses_00000000000000000000000004",
      "project_id": "prj_00000000000000000000000001",
      "status": "responded",
      "title": "Release?",
      "stage": 0
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 17,
    "channel": "sessions",
    "id": "ses_00000000000000000000000004",
    "activity": "updated",
    "content": {
      "status": "running",
      "call": "report.ipynb",
      "project": "sales",
      "trigger": "sales/on_order",
      "current_cell": 1,
      "total_cells": 2,
      "progress": null,
      "created_at": "2026-01-01T00:00:00.000Z",
      "started_at": "2026-01-01T00:00:00.000Z",
      "finished_at": null
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 18,
    "channel": "sessions",
    "id": "ses_00000000000000000000000004",
    "activity": "progress",
    "content": {
      "status": "running",
      "call": "report.ipynb",
      "project": "sales",
      "trigger": "sales/on_order",
      "current_cell": 1,
      "total_cells": 2,
      "progress": {
        "value": 0.5,
        "message": "half"
      },
      "created_at": "2026-01-01T00:00:00.000Z",
      "started_at": "2026-01-01T00:00:00.000Z",
      "finished_at": null
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 19,
    "channel": "sessions",
    "id": "ses_00000000000000000000000004",
    "activity": "log",
    "content": {
      "entries": 1
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 20,
    "channel": "sessions",
    "id": "ses_00000000000000000000000004",
    "activity": "outcome",
    "content": {
      "seq": 1,
      "more": false
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 21,
    "channel": "sessions",
    "id": "ses_00000000000000000000000004",
    "activity": "log",
    "content": {
      "entries": 1
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 22,
    "channel": "artifacts",
    "id": "art_00000000000000000000000006",
    "activity": "created",
    "content": {
      "name": "t.csv",
      "type": "file_datatable",
      "session_id": "ses_00000000000000000000000004"
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 23,
    "channel": "sessions",
    "id": "ses_00000000000000000000000004",
    "activity": "updated",
    "content": {
      "status": "completed",
      "call": "report.ipynb",
      "project": "sales",
      "trigger": "sales/on_order",
      "current_cell": 1,
      "total_cells": 2,
      "progress": {
        "value": 0.5,
        "message": "half"
      },
      "created_at": "2026-01-01T00:00:00.000Z",
      "started_at": "2026-01-01T00:00:00.000Z",
      "finished_at": "2026-01-01T00:00:00.000Z"
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 24,
    "channel": "notifications",
    "id": "ntf_00000000000000000000000007",
    "activity": "created",
    "content": {
      "channel": "panel",
      "reason": "completed",
      "state": "created",
      "project": "sales",
      "trigger": "sales/on_order"
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 25,
    "channel": "notifications",
    "id": "ntf_00000000000000000000000007",
    "activity": "updated",
    "content": {
      "channel": "panel",
      "reason": "completed",
      "state": "sent",
      "project": "sales",
      "trigger": "sales/on_order"
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 26,
    "channel": "notifications",
    "id": "ntf_00000000000000000000000007",
    "activity": "told",
    "content": {
      "title": "1 completed",
      "text": "",
      "entries": 1,
      "is_bad": false,
      "session": "ses_00000000000000000000000004"
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 27,
    "channel": "session_groups",
    "id": "grp_00000000000000000000000008",
    "activity": "created",
    "content": {
      "kind": "sweep",
      "state": "running",
      "project": "sales",
      "trigger": "sales/on_order"
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 28,
    "channel": "session_groups",
    "id": "grp_00000000000000000000000008",
    "activity": "updated",
    "content": {
      "kind": "sweep",
      "state": "canceling",
      "project": "sales",
      "trigger": "sales/on_order"
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 29,
    "channel": "session_groups",
    "id": "grp_00000000000000000000000008",
    "activity": "updated",
    "content": {
      "kind": "sweep",
      "state": "cancelled",
      "project": "sales",
      "trigger": "sales/on_order"
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 30,
    "channel": "session_groups",
    "id": "grp_00000000000000000000000008",
    "activity": "deleted",
    "content": {
      "kind": "sweep",
      "state": "cancelled",
      "project": "sales",
      "trigger": "sales/on_order"
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 31,
    "channel": "artifacts",
    "id": "art_00000000000000000000000006",
    "activity": "deleted",
    "content": {
      "name": "t.csv",
      "type": "file_datatable",
      "session_id": "ses_00000000000000000000000004"
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 32,
    "channel": "sessions",
    "id": "ses_00000000000000000000000004",
    "activity": "deleted",
    "content": {
      "status": "completed",
      "call": "report.ipynb",
      "project": "sales",
      "trigger": "sales/on_order",
      "current_cell": 1,
      "total_cells": 2,
      "progress": {
        "value": 0.5,
        "message": "half"
      },
      "created_at": "2026-01-01T00:00:00.000Z",
      "started_at": "2026-01-01T00:00:00.000Z",
      "finished_at": "2026-01-01T00:00:00.000Z"
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 33,
    "channel": "triggers",
    "id": "trg_00000000000000000000000002",
    "activity": "deleted",
    "content": {
      "ref": "sales/on_order",
      "type": "event",
      "enabled": true
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 34,
    "channel": "events",
    "id": "evt_00000000000000000000000009",
    "activity": "created",
    "content": {
      "type": "post",
      "source": "webhook",
      "trigger": null
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 35,
    "channel": "events",
    "id": "evt_00000000000000000000000009",
    "activity": "updated",
    "content": {
      "type": "post",
      "source": "webhook",
      "trigger": null
    },
    "at": "2026-01-01T00:00:00.000Z"
  },
  {
    "type": "change",
    "seq": 36,
    "channel": "events",
    "id": "evt_00000000000000000000000009",
    "activity": "deleted",
    "content": {
      "type": "post",
      "source": "webhook",
      "trigger": null
    },
    "at": "2026-01-01T00:00:00.000Z"
  }
];
