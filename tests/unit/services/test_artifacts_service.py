"""Artifacts: kept, versioned, limited, and shown as folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running_sessions import TOKEN, end, file, running

from notebook_automation.domain.access import SYSTEM, Caller
from notebook_automation.domain.artifacts import ARTIFACT_ID
from notebook_automation.domain.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge
from notebook_automation.services.artifacts import Folder


async def test_artifacts_are_kept_by_content_versioned_by_ref_and_shown_as_folders(
    server: Any, ana: Caller, tmp_path: Path
):
    session_id = await running(server, ana)
    code = await server.session_code.caller_of(TOKEN)
    add = lambda name, content, **more: server.artifacts.add(  # noqa: E731
        code, name=name, content=file(tmp_path, content), session_id=session_id, **more
    )
    first = await add("sales.csv", b"a,b\n1,2\n", meta={"rows": 1})
    same = await add("copy/sales.csv", b"a,b\n1,2\n")
    second = await add("sales.csv", b"a,b\n1,3\n")
    assert (first.version, second.version, first.ref) == (1, 2, "sales/report.ipynb/sales.csv")
    assert (first.type, first.media_type, first.size, first.meta) == ("file_datatable", "text/csv", 8, {"rows": 1})
    assert first.blob == same.blob
    assert (await server.artifacts.content(ana, second.id))[1].read_bytes() == b"a,b\n1,3\n"
    assert await server.artifacts.versions(ana, first.id) == [second, first]
    session = (await server.sessions.get(ana, session_id)).session
    top = await server.artifacts.folder(ana, "")
    assert top == Folder(folders=("sales",))
    assert await server.artifacts.folder(ana, "sales") == Folder(folders=("by hand",))
    by_hand = await server.artifacts.folder(ana, "sales/by hand")
    [name] = by_hand.folders
    assert name.endswith(session.id[-4:])
    inside = await server.artifacts.folder(ana, f"sales/by hand/{name}")
    assert inside == Folder(folders=("copy",), artifacts=(second,))
    assert await server.artifacts.folder(ana, second.drive_path) == second
    assert await server.artifacts.folder(ana, f"sales/by hand/{name}/copy") == Folder(artifacts=(same,))
    for nowhere in ("other", "sales/x", f"sales/by hand/{name}/nothing", "sales/by", "../sales"):
        with pytest.raises(NotFound):
            await server.artifacts.folder(ana, nowhere)


async def test_folders_of_thousands_of_sessions_are_all_reached(server: Any, ana: Caller, tmp_path: Path):
    from notebook_automation.domain.artifacts import Artifact
    from notebook_automation.store import artifacts as rows

    project = await server.project()
    made = [
        Artifact(
            id=ARTIFACT_ID.new(), ref=f"sales/{trigger}/x.csv", name="x.csv", type="file_text", project="sales",
            project_id=project.id, created_at=0.0, folder=f"{trigger}/2026-11-21 06{number:04} abcd", blob="a" * 64,
            version=number + 1,
        )
        for trigger in ("a", "a-b", "b.c", "by hand")
        for number in range(2500 if trigger == "a-b" else 2)
    ]  # fmt: skip

    def work(tx: Any) -> None:
        rows.keep_blob(tx, "a" * 64, 1)
        tx.execute(rows.artifacts.insert(), [rows.to_row(one, rows.artifacts) for one in made])

    server.database.write_now(work)
    assert (await server.artifacts.folder(ana, "sales")).folders == ("a", "a-b", "b.c", "by hand")
    shown = (await server.artifacts.folder(ana, "sales/a-b")).folders
    assert (len(shown), shown[0]) == (2000, "2026-11-21 062499 abcd")
    oldest = await server.artifacts.folder(ana, "sales/a-b/2026-11-21 060000 abcd/x.csv")
    assert oldest.version == 1


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": "../x"}, Invalid), ({"name": ""}, Invalid), ({"type": "hologram"}, Invalid),
        ({"url": "https://example.org"}, Invalid), ({"content": None}, Invalid),
        ({"content": None, "url": "javascript:alert(1)"}, Invalid), ({"keep": "a while"}, Invalid),
        ({"session_id": "ses_none"}, NotFound), ({"session_id": None}, Invalid),
    ],
)  # fmt: skip
async def test_what_cannot_be_an_artifact_is_refused(
    server: Any, ana: Caller, tmp_path: Path, fields: dict[str, Any], error: type[Exception]
):
    session_id = await running(server, ana)
    given = {"name": "x.txt", "content": file(tmp_path, b"x"), "session_id": session_id, **fields}
    with pytest.raises(error):
        await server.artifacts.add(ana, **given)
    assert (await server.artifacts.listed(ana, limit=5, cursor=None))[0] == []


async def test_limits_hold_for_one_artifact_and_for_a_session(
    make_server: Callable[..., Any], ana: Caller, tmp_path: Path
):
    server = make_server(artifact_max=10, artifact_session_max=15)
    session_id = await running(server, ana)
    # One that the session has room for, and one that is not too large by itself.
    for before, size, setting in ((0, 11, "artifact_max"), (10, 6, "artifact_session_max")):
        if before:
            await server.artifacts.add(ana, name="a", content=file(tmp_path, b"1" * before), session_id=session_id)
        with pytest.raises(TooLarge, match=rf"\(setting {setting}\)") as refused:
            await server.artifacts.add(ana, name="b", content=file(tmp_path, b"1" * size), session_id=session_id)
        assert refused.value.code == "artifact_too_large"
    await server.artifacts.add(ana, name="b", content=file(tmp_path, b"1" * 5), session_id=session_id)
    end(server, session_id)
    with pytest.raises(Conflict):
        await server.artifacts.add(ana, name="c", content=file(tmp_path, b""), session_id=session_id)
    late = await server.artifacts.add(SYSTEM, name="c", content=file(tmp_path, b""), session_id=session_id)
    assert late.size == 0


async def test_counted_versions_beyond_the_limit_go_and_others_stay(server: Any, ana: Caller, tmp_path: Path):
    session_id = await running(server, ana)
    for number in range(4):
        await server.artifacts.add(
            ana, name="a.txt", content=file(tmp_path, b"%d" % number), session_id=session_id, keep="2 versions"
        )
        await server.artifacts.add(ana, name="b.txt", content=file(tmp_path, b"%d" % number), session_id=session_id)
    found, _ = await server.artifacts.listed(ana, limit=50, cursor=None)
    versions = {name: sorted(one.version for one in found if one.name == name) for name in ("a.txt", "b.txt")}
    assert versions == {"a.txt": [3, 4], "b.txt": [1, 2, 3, 4]}


async def test_a_link_and_what_a_person_keeps_in_an_open_notebook(server: Any, ana: Caller, tmp_path: Path):
    project = await server.project()
    link = await server.artifacts.add(ana, name="page", content=None, url="https://example.org/?a=1", project=project)
    kept = await server.artifacts.add(ana, name="x.json", content=file(tmp_path, b"{}"), project=project)
    assert (link.type, link.blob, link.owner, kept.type, kept.session_id) == ("url", None, "ana", "file_text", None)
    with pytest.raises(NotFound):
        await server.artifacts.content(ana, link.id)
    found = await server.artifacts.folder(ana, "sales/by hand/open notebook")
    assert [one.name for one in found.artifacts] == ["x.json"]
    await server.artifacts.remove(ana, kept.id)
    with pytest.raises(NotFound):
        await server.artifacts.get(ana, kept.id)


async def test_the_code_of_a_session_keeps_artifacts_of_its_own_alone(server: Any, ana: Caller, tmp_path: Path):
    session_id = await running(server, ana)
    code = await server.session_code.caller_of(TOKEN)
    other = await running(server, ana)
    theirs = await server.trigger(folder="payroll")
    kept = await server.artifacts.add(code, name="a", content=file(tmp_path, b"1"), session_id=session_id)
    secret = await server.artifacts.add(
        ana, name="b", content=file(tmp_path, b"2"), project=await server.projects.get(ana, theirs.project_id)
    )
    assert (await server.artifacts.get(code, kept.id)).id == kept.id
    for attempt in (
        server.artifacts.add(code, name="c", content=file(tmp_path, b"3"), session_id=other),
        server.artifacts.add(code, name="c", content=file(tmp_path, b"3"), project=await server.project()),
        server.artifacts.get(code, secret.id),
        server.artifacts.remove(code, kept.id),
        server.artifacts.folder(code, "payroll"),
        server.artifacts.listed(code, limit=5, cursor=None),
    ):
        with pytest.raises(Forbidden):
            await attempt
