"""Asks every operation of the management API what its own document allows, and what it does not.

Promise: for each operation and each caller, requests are made from the OpenAPI document (schemathesis), most of them with
what the path names in the place of its name, others with what is somebody else's or nobody's. An answer fails the run if it
is a 5xx, if its status, media type, headers or body are not as the document says, or if a refused request changed anything in
the database. An operation that never did what it is for fails it, too: then nothing behind its door was asked.

Usage: fuzz.py SCENE.json   with {"url", "database", "callers": {name: token or null}, "examples": N, "seed": N,
"good": {operation: {"names": {parameter: value}, "body": JSON or null}}, "strangers": [ids of elsewhere]}
The same seed makes the same requests.
"""

import base64
import json
import re
import sys
from pathlib import Path

import hypothesis
import psycopg
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

load_all_checks()

# What an answer is held to.
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]

# Tables that background work of Annex changes by itself, whatever is asked.
OF_THE_BACKGROUND = {"shadow_decisions", "shadow_hits", "orphaned_workspaces"}

# The same of columns: how far a mail or a delivery is on its way. That there is one is somebody's doing.
COLUMNS_OF_THE_BACKGROUND = {
    "annex.outbox": "{state,attempts,next_at,reason,ended_at}",
    "annex.webhook_deliveries": "{state,attempts,next_attempt_at,last_status,last_error,ended_at}",
    "annex.webhooks": "{failing_since}",
}

# Operations that answer 2xx to nobody here, and why.
NEVER_DONE = {
    "POST /api/admin/workspaces/{id}/assign-admin": "the workspace has an Admin who can sign in",
    "POST /api/workspaces/{id}/branding/publish": "there is no draft",
    "POST /api/workspaces/{id}/invitations/{invitationId}/resend": "no mail leaves",
}

# One pixel of PNG.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

# Streams have no end to wait for; they have suites of their own.
STREAMS = {"/api/workspaces/events"}

TABLES = """
    select quote_ident(schemaname) || '.' || quote_ident(tablename) from pg_tables
    where (schemaname = 'annex' or schemaname = 'public') and not tablename = any(%s) order by 1
"""


class World:
    """Everything that a request could change."""

    def __init__(self, url):
        self.connection = psycopg.connect(url, autocommit=True)
        tables = self.connection.execute(TABLES, [sorted(OF_THE_BACKGROUND)]).fetchall()
        digests = [
            f"select '{name}' as name, count(*)::text || coalesce(md5(string_agg(row, '|' order by row)), '') as digest"
            f" from (select (to_jsonb(t) - '{COLUMNS_OF_THE_BACKGROUND.get(name, '{}')}'::text[])::text as row from {name} t) t"
            for (name,) in tables
        ]
        self.query = " union all ".join(digests)

    def read(self):
        return dict(self.connection.execute(self.query).fetchall())


def difference(before, after):
    return sorted(name for name in after if before.get(name) != after[name])


def likely(operation):
    """Who may most, at that address."""
    if operation.path.startswith("/api/admin/"):
        return "saas"
    return "guest" if operation.path.startswith("/api/invitations") else "owner"


def attempts(operation, scene):
    """Cases of one operation: as the document allows, and against it; by whom; what the path names; whether the body is good."""
    modes = st.sampled_from([GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE])

    def case_of(mode):
        try:
            return operation.as_strategy(generation_mode=mode)
        except Exception:  # an operation without anything that could be wrong has no negative cases
            return operation.as_strategy()

    places = st.sampled_from(["named", "named", "named", "generated", *scene["strangers"]])
    # Most of what can go wrong lies behind the doors, so those who may enter ask more often.
    callers = st.sampled_from(sorted(scene["callers"]) + [likely(operation)] * len(scene["callers"]))
    return st.tuples(modes.flatmap(case_of), callers, st.lists(places, min_size=3, max_size=3), st.integers(0, 3))


class Asker:
    """Sends cases of one operation and holds the answers to the document."""

    def __init__(self, scene, world):
        self.scene, self.world, self.session, self.tally, self.left = scene, world, requests.Session(), {}, None

    def ask(self, case, caller):
        token = self.scene["callers"][caller]
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # What the refusal before this one left is what this request finds.
        before, self.left = self.left or self.world.read(), None
        response = case.call(base_url=self.scene["url"], session=self.session, headers=headers, timeout=20)
        self.tally[response.status_code] = self.tally.get(response.status_code, 0) + 1
        case.validate_response(response, checks=CHECKS)
        if response.status_code >= 400:
            self.left = self.world.read()
            changed = difference(before, self.left)
            assert not changed, f"{response.status_code} to {caller}, and yet {changed} changed"

    def did(self):
        return any(200 <= status < 300 for status in self.tally)


def run(operation, scene, asker):
    settings = hypothesis.settings(
        max_examples=scene["examples"],
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    good = scene["good"][operation.label]

    @hypothesis.seed(scene["seed"])
    @settings
    @hypothesis.given(attempts(operation, scene))
    def ask(attempt):
        case, caller, places, dice = attempt
        for name, place in zip(list(case.path_parameters or {}), places):
            if place != "generated":
                case.path_parameters[name] = good["names"][name] if place == "named" else place
        if dice == 0 and good["body"] is not None:
            case.body, case.media_type = good["body"], "application/json"
        asker.ask(case, caller)

    ask()
    # What chance left undone is asked for as it is meant, by one after the other until somebody may.
    for caller in [likely(operation), *scene["callers"]]:
        if asker.did() or operation.label in NEVER_DONE:
            break
        names = {name: good["names"][name] for name in re.findall(r"{(\w+)}", operation.path)}
        sent = {} if good["body"] is None else {"body": good["body"], "media_type": "application/json"}
        if operation.label == "PUT /api/workspaces/{id}/logo":
            sent = {"body": PIXEL, "media_type": "image/png"}
        asker.ask(operation.Case(path_parameters=names, headers={}, query={}, cookies={}, **sent), caller)
    assert asker.did() != (operation.label in NEVER_DONE), "2xx: never, or against the list of those that never do it"


def main():
    scene = json.loads(Path(sys.argv[1]).read_text())
    document = requests.get(scene["url"] + "/_annex/openapi.json", timeout=20).json()
    # Callers carry their own credential, or none.
    document.pop("security", None)
    schema = schemathesis.openapi.from_dict(document)
    world, failed, asked = World(scene["database"]), [], 0
    print(f"seed {scene['seed']}, {scene['examples']} attempts an operation")
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path in STREAMS:
            continue
        asker = Asker(scene, world)
        try:
            run(operation, scene, asker)
        except (Exception, FailureGroup) as error:  # told below, and the next operation is asked all the same
            failed.append((operation.label, error))
        asked += sum(asker.tally.values())
        told = " ".join(f"{status}:{count}" for status, count in sorted(asker.tally.items()))
        print(f"{'FAILED' if failed and failed[-1][0] == operation.label else 'ok    '} {operation.label:60} {told}", flush=True)
    for label, error in failed:
        print(f"\n=== {label}\n{error}")
        for inner in getattr(error, "exceptions", []):
            print(f"--- {inner}")
        for note in getattr(error, "__notes__", []):
            print(note)
    print(f"{asked} requests, {len(failed)} operations failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
