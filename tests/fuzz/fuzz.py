"""Asks every operation of the management API what its own document allows, and what it does not.

Promise: for each operation and each caller, requests are made from the OpenAPI document (schemathesis), with ids that
exist as often as ids that do not. An answer fails the run if it is a 5xx, if its status, media type, headers or body
are not as the document says, or if a refused request changed anything in the database.

Usage: fuzz.py SCENE.json   with {"url", "database", "callers": {name: token or null}, "ids": [...], "examples": N, "seed": N}
The seed is printed; the same seed makes the same requests.
"""

import json
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
OF_THE_BACKGROUND = {"shadow_decisions", "shadow_hits", "outbox", "webhook_deliveries"}

# The same of columns: since when a webhook fails.
OF_THE_BACKGROUND_COLUMNS = "{failing_since}"

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
            f" from (select (to_jsonb(t) - '{OF_THE_BACKGROUND_COLUMNS}'::text[])::text as row from {name} t) t"
            for (name,) in tables
        ]
        self.query = " union all ".join(digests)

    def read(self):
        return dict(self.connection.execute(self.query).fetchall())


def difference(before, after):
    return sorted(name for name in after if before.get(name) != after[name])


def attempts(operation, scene):
    """Cases of one operation: as the document allows, and against it."""
    modes = st.sampled_from([GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE])

    def case_of(mode):
        try:
            return operation.as_strategy(generation_mode=mode)
        except Exception:  # an operation without anything that could be wrong has no negative cases
            return operation.as_strategy()

    known = st.one_of(st.none(), st.sampled_from(scene["ids"]))
    # Most of what can go wrong lies behind the doors, so those who may enter ask more often.
    likely = "saas" if operation.path.startswith("/api/admin/") else "owner"
    callers = st.sampled_from(sorted(scene["callers"]) + [likely] * len(scene["callers"]))
    return st.tuples(modes.flatmap(case_of), callers, st.lists(known, min_size=3, max_size=3))


def run(operation, scene, world, tally):
    settings = hypothesis.settings(
        max_examples=scene["examples"],
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    session = requests.Session()

    @hypothesis.seed(scene["seed"])
    @settings
    @hypothesis.given(attempts(operation, scene))
    def ask(attempt):
        case, caller, ids = attempt
        for name, known in zip(list(case.path_parameters or {}), ids):
            if known is not None:
                case.path_parameters[name] = known
        token = scene["callers"][caller]
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        before = world.read()
        response = case.call(base_url=scene["url"], session=session, headers=headers, timeout=20)
        tally[response.status_code] = tally.get(response.status_code, 0) + 1
        case.validate_response(response, checks=CHECKS)
        if response.status_code >= 400:
            changed = difference(before, world.read())
            assert not changed, f"{response.status_code} to {caller}, and yet {changed} changed"

    ask()


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
        tally = {}
        try:
            run(operation, scene, world, tally)
        except (Exception, FailureGroup) as error:  # told below, and the next operation is asked all the same
            failed.append((operation.label, error))
        asked += sum(tally.values())
        told = " ".join(f"{status}:{count}" for status, count in sorted(tally.items()))
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
