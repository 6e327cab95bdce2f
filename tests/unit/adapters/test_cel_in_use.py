"""Expressions in the forms in which people write them for interceptors, admission policies and event filters."""

from __future__ import annotations

import re
from typing import Any

import pytest

from notebook_automation.adapters.cel import Filters
from notebook_automation.domain.errors import Invalid

PULL_REQUEST: dict[str, Any] = {
    "action": "synchronize",
    "number": 12,
    "ref": "refs/heads/feature/login",
    "after": "9f2c4ab1d0e7",
    "deleted": False,
    "repository": {
        "name": "shop", "full_name": "acme/shop", "private": True, "default_branch": "main", "topics": ["web", "go"],
        "clone_url": "https://github.com/acme/shop.git", "owner": {"login": "acme"}, "license": None,
    },
    "pull_request": {
        "title": "feat(cart): add coupons", "body": "Closes #7\n/run-tests please", "draft": False, "merged": False,
        "user": {"login": "ada", "type": "User"}, "base": {"ref": "main"}, "head": {"ref": "feature/login"},
        "labels": [{"name": "bug"}, {"name": "size/S"}], "additions": 120, "deletions": 30, "changed_files": 4,
        "created_at": "2024-03-01T09:30:00Z", "updated_at": "2024-03-02T10:00:00Z", "milestone": None,
        "requested_reviewers": [],
    },
    "sender": {"login": "ada", "id": 101},
    "commits": [
        {"id": "a1", "message": "fix: tax", "added": ["src/tax.py"], "modified": ["docs/tax.md"], "removed": []},
        {"id": "b2", "message": "docs [skip ci]", "added": [], "modified": ["README.md"], "removed": ["old.txt"]},
    ],
}  # fmt: skip
INTERCEPTED = {
    "body": PULL_REQUEST,
    "header": {"X-Github-Event": ["pull_request"], "Content-Type": ["application/json"]},
}

POD: dict[str, Any] = {
    "metadata": {
        "name": "api-7d9", "namespace": "prod", "labels": {"app": "api", "tier": "backend"},
        "annotations": {"owner": "team-a@example.com"}, "finalizers": [],
    },
    "spec": {
        "replicas": 3, "minReplicas": 2, "maxReplicas": 5, "hostNetwork": False, "serviceName": "api",
        "containers": [
            {"name": "app", "image": "registry.example.com/api:1.4.2", "ports": [{"containerPort": 8080}],
             "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}}, "securityContext": {"runAsNonRoot": True}},
            {"name": "proxy", "image": "registry.example.com/proxy@sha256:abc", "ports": []},
        ],
        "volumes": [{"name": "data", "emptyDir": {}}, {"name": "conf", "configMap": {"name": "conf"}}],
        "schedule": "*/5 * * * *", "ttl": "90m", "notAfter": "2030-01-01T00:00:00Z",
    },
    "status": {
        "conditions": [{"type": "Ready", "status": "True"}, {"type": "Progressing", "status": "False"}],
        "availableReplicas": 3,
    },
}  # fmt: skip
REQUEST = {
    "operation": "UPDATE", "dryRun": False, "namespace": "prod",
    "userInfo": {"username": "system:serviceaccount:ci:deployer", "groups": ["system:authenticated", "deployers"]},
    "headers": {":authority": "api.example.com", "x-tenant": "t1"}, "path": "/v1/orders/42", "method": "POST",
    "time": "2024-03-01T09:30:00Z", "size": 2048,
}  # fmt: skip
OLD = {"metadata": {**POD["metadata"], "labels": {"app": "api"}}, "spec": {**POD["spec"], "replicas": 2}}
ADMITTED = {"object": POD, "oldObject": OLD, "request": REQUEST, "self": POD["spec"], "oldSelf": OLD["spec"]}

MESSAGES: dict[str, Any] = {
    "data": {
        "type": "message", "channel": "C024", "text": "deploy shop to *production*", "user": "U1", "ts": "1709285400.1",
        "thread_ts": None, "amount": 49.5, "count": 10, "currency": "eur", "tags": {"env": "prod", "team": "core"},
        "email": "ada@example.com",
        "items": [{"sku": "A-1", "qty": 2, "price": 10}, {"sku": "B-2", "qty": 1, "price": 29.5}],
        "alert": {"status": "firing", "labels": {"severity": "critical"}, "startsAt": "2024-03-01T09:30:00Z"},
        "url": "https://example.com/a?b=c", "scores": [0.2, 0.9, 0.4], "encoded": "aGVsbG8=", "id": "evt-0001",
        "issue": {"fields": {"status": {"name": "Done"}, "priority": {"name": "High"}, "labels": ["urgent"]}},
    },
    "event_type": "message",
}  # fmt: skip

PUSHES = [
    ('body.action in ["opened", "synchronize", "reopened"]', True),
    ("body.action in ['labeled'] && body.label.name == 'run'", False),
    ("header['X-Github-Event'][0] == 'pull_request' && body.pull_request.draft == false", True),
    ("has(body.pull_request) && has(body.pull_request.merged) && !body.pull_request.merged", True),
    ("body.ref.startsWith('refs/heads/')", True),
    ("body.ref.split('/')[2] == 'feature'", True),
    ("body.ref == 'refs/heads/' + body.repository.default_branch", False),
    ("body.ref.matches('^refs/heads/(main|release-[0-9]+)$') == false", True),
    ("body.after != '0000000000000000000000000000000000000000' && !body.deleted", True),
    ("body.repository.full_name.matches(r'^acme/(shop|api)$')", True),
    ("body.pull_request.base.ref in ['main', 'develop'] && body.repository.name == \"shop\"", True),
    ("body.pull_request.labels.exists(l, l.name == 'bug')", True),
    ("body.pull_request.labels.all(l, l.name != 'wip')", True),
    ("body.pull_request.labels.exists_one(label, label.name.startsWith('size/'))", True),
    ("size(body.pull_request.labels) > 0 && size(body.pull_request.requested_reviewers) == 0", True),
    ("body.pull_request.labels.map(l, l.name).join(',') == 'bug,size/S'", True),
    ("body.pull_request.labels.filter(l, l.name.contains('/')).size() == 1", True),
    ("body.pull_request.title.matches('^(feat|fix|docs)(\\\\([a-z]+\\\\))?: .+')", True),
    ("body.pull_request.body.contains('/run-tests') && body.sender.login != 'bot'", True),
    ("body.pull_request.additions + body.pull_request.deletions < 500", True),
    ("double(body.pull_request.additions) / double(body.pull_request.changed_files) > 20.0", True),
    (
        "body.commits.exists(c, c.modified.exists(f, f.startsWith('docs/')) || c.added.exists(f, f.endsWith('.md')))",
        True,
    ),
    ("body.commits.map(c, c.added + c.modified).flatten().distinct().sort()[0] == 'README.md'", True),
    ("!body.commits.exists(c, c.message.contains('[skip ci]'))", False),
    ("body.commits[body.commits.size() - 1].id == 'b2'", True),
    ("body.?installation.?id.orValue(0) == 0", True),
    ("body.repository.?license.?key.orValue('none') == 'none'", True),
    ("body.pull_request.milestone == null", True),
    ("timestamp(body.pull_request.updated_at) - timestamp(body.pull_request.created_at) > duration('24h')", True),
    ("timestamp(body.pull_request.created_at).getDayOfWeek() == 5", True),
    ("timestamp(body.pull_request.created_at).getHours('Europe/Berlin') == 10", True),
    ("string(body.number) == '12' && int('12') == body.number", True),
    ("body.repository.topics.exists(t, t in ['go', 'rust'])", True),
    ("body.pull_request.user.type == 'Bot' ? false : body.number % 2 == 0", True),
    ("type(body.number) == int || type(body.number) == double", True),
    ("body.repository.clone_url.replace('https://', '').split('/')[0] == 'github.com'", True),
    ("body.after.substring(0, 7) == '9f2c4ab'", True),
    (
        "cel.bind(branch, body.ref.replace('refs/heads/', ''), branch.startsWith('feature/') && branch.size() < 64)",
        True,
    ),
    ("'%s-%d'.format([body.repository.name, body.number]) == 'shop-12'", True),
    ('"label" in body || "pull_request" in body', True),
]
POLICIES = [
    ("object.spec.replicas <= 5", True),
    ("self.minReplicas <= self.replicas && self.replicas <= self.maxReplicas", True),
    ("self.replicas >= oldSelf.replicas", True),
    ("self.serviceName == oldSelf.serviceName", True),
    ("object.spec.containers.all(c, c.image.startsWith('registry.example.com/'))", True),
    ("object.spec.containers.all(c, c.image.contains('@sha256:'))", False),
    ("object.spec.containers.all(c, !c.image.endsWith(':latest'))", True),
    (
        "object.spec.containers.all(c, has(c.resources) && has(c.resources.limits) && 'memory' in c.resources.limits)",
        False,
    ),
    ("object.spec.containers.all(c, c.?securityContext.?runAsNonRoot.orValue(false))", False),
    ("object.spec.containers.exists(c, c.?ports.orValue([]).exists(p, p.containerPort == 8080))", True),
    ("object.spec.containers.map(c, c.name).distinct().size() == object.spec.containers.size()", True),
    ("!has(object.spec.hostNetwork) || !object.spec.hostNetwork", True),
    ("has(object.metadata.labels) && 'app' in object.metadata.labels && object.metadata.labels['app'] != ''", True),
    ("object.metadata.labels.all(key, key.matches('^[a-z][a-z0-9-]{0,62}$'))", True),
    ("object.metadata.labels.exists(k, v, k == 'tier' && v == 'backend')", True),
    ("object.metadata.labels.transformMap(k, v, k != 'tier', v) == oldObject.metadata.labels", True),
    ("object.metadata.labels.transformList(k, v, k + '=' + v).sort().join(',') == 'app=api,tier=backend'", True),
    ("oldObject == null || object.metadata.name == oldObject.metadata.name", True),
    ("object.metadata.name.size() <= 63 && object.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')", True),
    ("object.metadata.?annotations[?'owner'].orValue('').endsWith('@example.com')", True),
    ("object.metadata.annotations[?'kubernetes.io/ingress.class'].hasValue()", False),
    ("request.operation in ['CREATE', 'UPDATE'] && !request.dryRun", True),
    ("request.userInfo.username.startsWith('system:serviceaccount:') || 'admins' in request.userInfo.groups", True),
    ("request.userInfo.groups.exists(g, g in ['deployers', 'admins'])", True),
    ("sets.intersects(request.userInfo.groups, ['deployers'])", True),
    ("request.headers[':authority'].endsWith('.example.com') && request.path.matches('^/v[0-9]+/')", True),
    ("request.path.split('/').filter(p, p != '').size() == 3", True),
    ("request.size < 1024 * 1024", True),
    ("duration(self.ttl) <= duration('2h')", True),
    ("timestamp(self.notAfter) > timestamp(request.time)", True),
    ("object.spec.volumes.all(v, !has(v.hostPath))", True),
    ("object.spec.volumes.filter(v, has(v.configMap)).map(v, v.configMap.name) == ['conf']", True),
    ("object.spec.volumes.transformMapEntry(i, v, {v.name: i}).data == 0", True),
    ("object.status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')", True),
    ("object.status.conditions.filter(c, c.status == 'False')[0].type == 'Progressing'", True),
    (
        "object.status.conditions.exists_one(c, c.type == 'Ready') && size(object.status.conditions) == 1",
        False,
    ),
    ("self.schedule.split(' ').size() == 5", True),
    ("[self.minReplicas, self.maxReplicas].all(n, n > 0) && math.greatest(self.minReplicas, 1) == 2", True),
    ("object.metadata.finalizers == []", True),
    (
        "object.spec.containers[0].image.substring(object.spec.containers[0].image.lastIndexOf(':') + 1) == '1.4.2'",
        True,
    ),
    ("dyn(object.spec.replicas) == dyn(3.0)", True),
]
EVENTS = [
    ('data.type == "message" && !has(data.bot_id)', True),
    ('data.text.lowerAscii().contains("deploy") && data.channel == "C024"', True),
    ('event_type == "message" || event_type == "app_mention"', True),
    ("data.text.matches('(?i)DEPLOY\\\\s+\\\\w+')", True),
    ("data.thread_ts == null", True),
    ("double(data.ts) > 1709285400.0", True),
    ("data.amount > 10 && data.amount <= 50", True),
    ("data.amount * 100 == 4950.0", True),
    ("int(data.amount) == 49 && data.count / 3 == 3", True),
    ("data.currency.upperAscii() in ['EUR', 'USD']", True),
    ("data.items.exists(i, i.sku.startsWith('A-') && i.qty >= 2)", True),
    ("data.items.map(i, i.qty > 1, i.price)[0] == 10", True),
    ("math.greatest(data.scores) > 0.8", True),
    ("data.scores.sort()[data.scores.size() - 1] == 0.9", True),
    ("data.alert.status == 'firing' && data.alert.labels.severity in ['critical', 'page']", True),
    ("data.alert.labels.?team.orValue('unowned') == 'unowned'", True),
    ("data.issue.fields.status.name == 'Done' && 'urgent' in data.issue.fields.labels", True),
    ("data.tags.env == 'prod' && data.tags['team'].startsWith('co')", True),
    ("data.email.split('@')[1] == 'example.com'", True),
    ("string(base64.decode(data.encoded)) == 'hello'", True),
    ("data.url.indexOf('?') > 0", True),
    ("data.id.substring(4).matches('^[0-9]{4}$') && int(data.id.substring(4)) == 1", True),
    ("data.?nothing.?at.?all.hasValue() == false", True),
    ("(data.count >= 5 && data.count < 20) ? data.type == 'message' : false", True),
    ("!(data.user in ['U2', 'U3'])", True),
    ("data.text.replace('*', '').endsWith('production')", True),
    ("timestamp(data.alert.startsAt) < timestamp('2024-03-01T10:30:00+01:00') + duration('30m')", True),
    ("data.items.map(i, double(i.price) * i.qty).filter(total, total > 25.0).size() == 1", True),
]  # fmt: skip
IN_USE = [
    *((text, INTERCEPTED, matches) for text, matches in PUSHES),
    *((text, ADMITTED, matches) for text, matches in POLICIES),
    *((text, MESSAGES, matches) for text, matches in EVENTS),
]


@pytest.fixture(scope="module")
def filters() -> Filters:
    return Filters()


@pytest.mark.parametrize(("text", "event", "matches"), IN_USE, ids=[text for text, _, _ in IN_USE])
def test_an_expression_of_another_product_is_read_as_there(
    filters: Filters, text: str, event: dict[str, Any], matches: bool
) -> None:
    filters.check(text, tuple(event))
    outcome = filters.evaluate(text, event)
    assert (outcome.matched, outcome.error) == (matches, None)
    explanation = filters.explain(text, event)
    assert explanation.outcome == outcome
    assert explanation.clauses


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("header.match('X-Github-Event', 'push')", "There is no function match"),
        ("body.pull_request.title.truncate(5) == 'feat('", "There is no function truncate"),
        ("body.payload.parseJSON().action == 'x'", "There is no function parseJSON"),
        ("quantity(body.number) == 1", "There is no function quantity"),
        ("isURL(body.ref)", "There is no function isURL"),
        ("body.ref == 'a' and body.number == 1", "Write &&, || and !"),
        ("body.action = 'opened'", "write == instead of ="),
        ("payload.action == 'opened'", "Nothing is called payload"),
    ],
)
def test_what_only_another_product_has_is_refused_by_its_name(filters: Filters, text: str, part: str) -> None:
    outcome = filters.evaluate(text, INTERCEPTED)
    assert part in (outcome.error or "")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("body.ref == 'a'", "Nothing is called body here: the body of a webhook is data.json (line 1, column 1)"),
        ("header['x'] == 'a'", 'Nothing is called header here: a header is data.headers["x-name"]'),
        ("data.json.sha.truncate(7) == 'a'", "There is no function truncate: write substring(0, 7)"),
        ("data.json.x.decodeb64() == 'a'", "There is no function decodeb64: write string(base64.decode(…))"),
        ("zork.ref == 'a'", "Nothing is called zork here: an expression can read data and event_type"),
    ],
)
def test_the_words_of_other_products_are_answered_with_those_of_here(filters: Filters, text: str, hint: str) -> None:
    with pytest.raises(Invalid, match=re.escape(hint)):
        filters.check(text)
