//! A request with an `Idempotency-Key` is done once.

use annex_tests::http::eventually_some;
use annex_tests::http::json::Client;
use annex_tests::story::Person;
use serde_json::{Value, json};

use super::World;

const PATH: &str = "/api/workspaces";

async fn ready(label: &str) -> (World, Person, Person) {
    let world = World::start(label).await;
    let admin = world.platform_admin().await;
    let (one, two) = (world.register("one").await, world.register("two").await);
    for person in [&one, &two] {
        world.enable(&admin, &person.tenant).await;
    }
    (world, one, two)
}

fn with_key(world: &World, person: &Person, key: &str) -> Client {
    world.of(person).header("idempotency-key", key)
}

async fn made(world: &World) -> i64 {
    world.count("SELECT count(*) FROM annex.workspaces WHERE created_by IS NOT NULL").await
}

#[tokio::test]
async fn the_same_request_again_tells_what_was_done_and_does_nothing() {
    let (world, one, two) = ready("replay").await;
    let body = json!({"name": "Once", "defaultCurrency": "EUR"});
    let first = with_key(&world, &one, "k1").post(PATH, body.clone()).await.expect(201).json();
    let again = with_key(&world, &one, "k1").post(PATH, body.clone()).await.expect(201).json();
    assert_eq!(first, again);
    assert_eq!(made(&world).await, 1);

    let other = with_key(&world, &one, "k1").post(PATH, json!({"name": "Twice"})).await.expect(422);
    assert_eq!(other.code(), "IDEMPOTENCY_CONFLICT");
    let theirs = with_key(&world, &two, "k1").post(PATH, body.clone()).await.expect(201).json();
    assert_ne!(theirs["id"], first["id"], "a key is its person's own");
    let next = with_key(&world, &one, "k2").post(PATH, body.clone()).await.expect(201).json();
    assert_ne!(next["id"], first["id"], "another key is another request");
    assert_eq!(made(&world).await, 3);

    // What was refused is not remembered: mended, the same key does it.
    with_key(&world, &one, "k3").post(PATH, json!({"name": ""})).await.expect(400);
    with_key(&world, &one, "k3").post(PATH, json!({"name": "Mended"})).await.expect(201);
    for bad in ["", &"k".repeat(256)] {
        let refused = with_key(&world, &one, bad).post(PATH, body.clone()).await.expect(400);
        assert_eq!(refused.json()["errors"][0]["path"], "Idempotency-Key", "{bad:?}");
    }

    let superuser = world.database.connect().await;
    let kept = superuser
        .query_one("SELECT string_agg(result::text, '') FROM annex.idempotency_keys", &[])
        .await
        .expect("rows");
    let kept: String = kept.get(0);
    assert!(!kept.contains("Once") && !kept.contains(&one.email), "more than ids and times is kept: {kept}");
    let expire = "UPDATE annex.idempotency_keys SET expires_at = now() WHERE key = 'k1'";
    superuser.execute(expire, &[]).await.expect("a day passes");
    let later = with_key(&world, &one, "k1").post(PATH, json!({"name": "Twice"})).await.expect(201).json();
    assert_ne!(later["id"], first["id"], "after 24 hours a key is new");
}

#[tokio::test]
async fn many_at_once_with_one_key_make_one() {
    let (world, one, _) = ready("atonce").await;
    let client = with_key(&world, &one, "storm");
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.post(PATH, json!({"name": "Only"})).await })
        })
        .collect();
    let mut ids: Vec<Value> = Vec::new();
    for task in tasks {
        let answer = task.await.expect("an answer");
        match answer.status {
            201 => ids.push(answer.json()["id"].clone()),
            409 => {
                assert_eq!(answer.code(), "IDEMPOTENCY_CONFLICT");
                assert!(answer.header("retry-after").is_some());
            }
            _ => panic!("{} {}", answer.status, answer.text),
        }
    }
    assert!(!ids.is_empty() && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(made(&world).await, 1);
}

/// Whoever asks twice at once is told so at once, and waits for nobody.
#[tokio::test]
async fn the_same_key_under_way_is_told_so_and_others_go_on() {
    let (world, one, two) = ready("underway").await;
    let mut superuser = world.database.connect().await;
    let before = superuser.transaction().await.expect("a transaction");
    // What the request before this one holds until its end.
    let held = "SELECT pg_advisory_xact_lock(hashtextextended(
                    'annex:once:' || concat_ws(chr(30), $1::text, 'POST', $2::text, 'same'), 0))";
    before.execute(held, &[&one.id, &PATH]).await.expect("held");
    let same = with_key(&world, &one, "same");
    for _ in 0..2 {
        let answer = same.post(PATH, json!({"name": "Same"})).await.expect(409);
        assert_eq!(answer.code(), "IDEMPOTENCY_CONFLICT");
        assert!(answer.header("retry-after").is_some());
    }
    with_key(&world, &one, "other").post(PATH, json!({"name": "Other"})).await.expect(201);
    with_key(&world, &two, "same").post(PATH, json!({"name": "Hers"})).await.expect(201);
    assert_eq!(made(&world).await, 2, "the one under way made nothing yet");
    before.rollback().await.expect("it ended without doing anything");
    same.post(PATH, json!({"name": "Same"})).await.expect(201);
    assert_eq!(made(&world).await, 3);

    // The control: without the lock both find nothing and do the work; one of them ends in an error instead of what was done.
    let (mut a, mut b) = (world.database.connect().await, world.database.connect().await);
    let (ta, tb) = (a.transaction().await.expect("one"), b.transaction().await.expect("another"));
    let find = "SELECT count(*) FROM annex.idempotency_keys WHERE principal_id = $1 AND key = 'twice'";
    for transaction in [&ta, &tb] {
        let found: i64 = transaction.query_one(find, &[&one.id]).await.expect("a count").get(0);
        assert_eq!(found, 0, "both may go on");
    }
    let keep = "INSERT INTO annex.idempotency_keys (principal_id, method, path, key, fingerprint, result)
                VALUES ($1, 'POST', $2, 'twice', sha256('x'), '{}')";
    ta.execute(keep, &[&one.id, &PATH]).await.expect("the first");
    ta.commit().await.expect("the first");
    let refused = tb.execute(keep, &[&one.id, &PATH]).await.expect_err("the second was done as well");
    assert_eq!(refused.as_db_error().expect("PostgreSQL refuses").constraint(), Some("idempotency_keys_pkey"));
}

#[tokio::test]
async fn a_creation_that_failed_is_not_remembered() {
    let (world, one, _) = ready("failed").await;
    let superuser = world.database.connect().await;
    superuser.batch_execute("REVOKE INSERT ON public.company_profiles FROM annex_app").await.expect("broken");
    let client = with_key(&world, &one, "k");
    let failed = client.post(PATH, json!({"name": "Late"})).await;
    assert!([500, 503].contains(&failed.status), "{}", failed.text);
    superuser.batch_execute("GRANT INSERT ON public.company_profiles TO annex_app").await.expect("mended");
    // Until the first one is undone its key is under way.
    eventually_some(std::time::Duration::from_secs(30), "it is made", || async {
        let answer = client.post(PATH, json!({"name": "Late"})).await;
        if answer.status == 409 { Err(answer.text) } else { Ok(answer.expect(201)) }
    })
    .await;
    assert_eq!(made(&world).await, 1);
}

/// What administrators of the platform set is set once and told once, and a request sent again undoes nothing.
#[tokio::test]
async fn what_the_platform_sets_is_set_and_told_once() {
    let world = World::start("adminonce").await;
    let (admin, one) = (world.platform_admin().await, world.register("one").await);
    let flags = "/api/admin/feature-flags";
    let flag = |enabled: bool| json!({"key": "multi_workspace_enabled", "enabled": enabled, "tenantId": one.tenant});
    let on = format!("/api/admin/tenants/{}/enable-multi-workspace", one.tenant);
    let off = format!("/api/admin/tenants/{}/disable-multi-workspace", one.tenant);
    let events = async || world.count("SELECT count(*) FROM annex.audit_events").await;
    for (path, body) in
        [(flags, flag(true)), (&*off, json!({})), (&*on, json!({})), ("/api/admin/rollout", json!({"percentage": 40}))]
    {
        let before = events().await;
        let first = with_key(&world, &admin, "k").post(path, body.clone()).await.expect(200).json();
        let again = with_key(&world, &admin, "k").post(path, body.clone()).await.expect(200).json();
        assert_eq!((first, events().await), (again, before + 1), "{path}");
    }
    world.disable(&admin, &one.tenant).await;
    let late = with_key(&world, &admin, "k").post(flags, flag(true)).await.expect(200).json();
    assert_eq!(late["enabled"], false, "a request sent again turns nothing on: {late}");
    let other = with_key(&world, &admin, "k").post(flags, flag(false)).await.expect(422);
    assert_eq!(other.code(), "IDEMPOTENCY_CONFLICT");
    let other = with_key(&world, &admin, "k").post("/api/admin/rollout", json!({"percentage": 50})).await.expect(422);
    assert_eq!(other.code(), "IDEMPOTENCY_CONFLICT");
}
