//! What arrives, how often, and what happens when it does not.

use std::collections::BTreeSet;
use std::time::Duration;

use annex_tests::http::receiver::judged;
use annex_tests::http::{eventually, eventually_some};
use annex_tests::scene::Scene;
use annex_tests::sidecar::{Annex, Options, SECRET};
use annex_tests::story;
use serde_json::json;

use super::{Site, quick, text};

const DEADLINE: Duration = Duration::from_secs(40);

#[tokio::test]
async fn an_event_arrives_signed_and_holds_nothing_but_ids() {
    let site = Site::start("hooksend").await;
    let (id, secret) = site.hook(&["member.*"]).await;
    site.happens("workspace.updated").await;
    site.happens("member.joined").await;
    let came = site.receiver.wait(1).await;
    let [webhook] = came.as_slice() else { panic!("one was subscribed to: {came:?}") };
    assert_eq!(webhook.path, "/hook");
    assert!(webhook.is_signed_by(&secret), "{webhook:?}");
    assert!(!webhook.is_signed_by("whsec_AAAA"), "the control");
    let timestamp: u64 = webhook.header("webhook-timestamp").parse().expect("seconds");
    assert!(story::now_s().abs_diff(timestamp) < 30);
    let body = webhook.json();
    assert_eq!(body["type"], "member.joined");
    let data = body["data"].as_object().expect("an object");
    let keys: Vec<&str> = data.keys().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect();
    assert_eq!(keys, ["actorId", "actorKind", "eventId", "targetId", "targetKind", "workspaceId"]);
    assert_eq!(
        (data["workspaceId"].as_str(), data["actorId"].as_str()),
        (Some(&*site.owner.tenant), Some(&*site.owner.id))
    );
    for secret in ["@", "Somebody", "203.0.113.9", "agent\""] {
        assert!(!webhook.body.contains(secret), "{secret} in {}", webhook.body);
    }
    let delivered = || async { site.deliveries(&id).await.first().is_some_and(|one| one["state"] == "delivered") };
    eventually(DEADLINE, "it is written down", delivered).await;
    let [delivery] = site.deliveries(&id).await.try_into().expect("one delivery");
    assert_eq!((&delivery["id"], &delivery["lastStatus"]), (&json!(webhook.header("webhook-id")), &json!(204)));
}

#[tokio::test]
async fn the_published_library_of_the_standard_takes_what_we_send_and_nothing_else() {
    let site = Site::start("hookstandard").await;
    let (id, secret) = site.hook(&["*"]).await;
    site.happens("member.joined").await;
    let [webhook] = site.receiver.wait(1).await.try_into().expect("one");
    assert_eq!(judged(&webhook, &secret, None).await, "verified");
    let (_, other) = site.hook(&["invitation.*"]).await;
    assert_eq!(judged(&webhook, &other, None).await, "No matching signature found", "another endpoint's secret");
    let mut changed = webhook.clone();
    changed.body = changed.body.replace("member.joined", "member.removed");
    assert_eq!(judged(&changed, &secret, None).await, "No matching signature found");
    let mut renamed = webhook.clone();
    renamed.headers.insert("webhook-id".to_owned(), "another".to_owned());
    assert_eq!(judged(&renamed, &secret, None).await, "No matching signature found");
    let later = story::now_s() + 3600;
    assert_eq!(
        judged(&webhook, &secret, Some(later)).await,
        "Message timestamp too old",
        "kept and sent again by somebody"
    );
    // While a secret is rotated, the receiver may have either.
    let rotate = site.path(&format!("/{id}/rotate-secret"));
    let new = text(&site.client().send(reqwest::Method::POST, &rotate, None).await.expect(200).json()["secret"]);
    site.happens("member.left").await;
    let came = site.receiver.wait(2).await;
    assert_eq!(
        (judged(&came[1], &secret, None).await, judged(&came[1], &new, None).await),
        ("verified".into(), "verified".into())
    );
}

#[tokio::test]
async fn a_change_that_was_rolled_back_is_told_to_nobody() {
    let site = Site::start("hookrollback").await;
    site.hook(&["*"]).await;
    let mut client = site.scene.database.connect_as_runtime().await;
    for (commits, action) in [(false, "member.removed"), (true, "member.left")] {
        let transaction = client.transaction().await.expect("a transaction");
        let append = "SELECT annex.append_audit_event($1, $2, 'user', 'somebody')";
        transaction.execute(append, &[&site.owner.tenant, &action]).await.expect("an event");
        if commits { transaction.commit().await } else { transaction.rollback().await }.expect("an end");
    }
    let came = site.receiver.wait(1).await;
    assert_eq!(came.iter().map(|one| text(&one.json()["type"])).collect::<Vec<_>>(), ["member.left"]);
    let left = site.rows("SELECT count(*) FROM annex.webhook_deliveries WHERE event = 'member.removed'").await;
    assert_eq!(left[0].get::<_, i64>(0), 0);
}

#[tokio::test]
async fn what_fails_is_tried_again_later_and_later_with_the_same_id_and_body() {
    let site = Site::start("hookretry").await;
    let (id, secret) = site.hook(&["*"]).await;
    for _ in 0..3 {
        site.receiver.answer("500 Broken");
    }
    site.happens("member.joined").await;
    let came = site.receiver.wait(4).await;
    let ids: BTreeSet<&str> = came.iter().map(|one| one.header("webhook-id")).collect();
    let bodies: BTreeSet<&str> = came.iter().map(|one| one.body.as_str()).collect();
    assert_eq!((ids.len(), bodies.len()), (1, 1), "one event, however often it is tried");
    assert!(came.iter().all(|one| one.is_signed_by(&secret)));
    let whole = came[3].at.duration_since(came[0].at);
    // 200, 400 and 800 ms, a fifth less at the least.
    assert!(whole > Duration::from_millis(1000), "the pauses grow: {whole:?}");
    let delivered = || async { site.deliveries(&id).await[0]["state"] == "delivered" };
    eventually(DEADLINE, "it arrived in the end", delivered).await;
    assert_eq!(site.deliveries(&id).await[0]["attempts"], 4);
    let failing = site.client().get(&site.path("")).await.expect(200).json();
    assert_eq!(failing["data"][0]["failingSince"], json!(null), "what arrived is no failure any more");
}

#[tokio::test]
async fn the_pause_doubles_with_each_attempt_up_to_six_hours() {
    let site = Site::start_once("hookpause").await;
    site.hook(&["*"]).await;
    site.receiver.answer("500 Broken");
    site.happens("member.joined").await;
    let failed = || async {
        let planned = "SELECT extract(epoch FROM next_attempt_at - now())::float8 FROM annex.webhook_deliveries
                       WHERE last_status = 500";
        site.rows(planned).await.first().map(|row| row.get::<_, f64>(0)).ok_or("under way")
    };
    eventually_some(DEADLINE, "the first attempt failed", failed).await;
    // An hour, doubled as often, a fifth more or less by chance; what passed until it was looked at is less than a minute.
    for (attempts, pause_s) in [(0, 3600.0), (1, 7200.0), (2, 14_400.0), (3, 21_600.0), (40, 21_600.0)] {
        site.receiver.answer("500 Broken");
        let due = format!(
            "UPDATE annex.webhook_deliveries SET attempts = {attempts}, last_status = null, next_attempt_at = now()"
        );
        site.scene.database.connect().await.batch_execute(&due).await.expect("it is due");
        let planned_s = eventually_some(DEADLINE, "it failed again", failed).await;
        let (least, most) = (pause_s * 0.8 - 60.0, pause_s * 1.2);
        assert!((least..=most).contains(&planned_s), "after {attempts} attempts: {planned_s} s, not {pause_s} s");
    }
}

/// A delivery that somebody holds, a node that hangs for one, holds no other one up.
#[tokio::test]
async fn what_another_node_is_at_holds_nothing_else_up() {
    let site = Site::start("hookheld").await;
    site.hook(&["member.joined"]).await;
    let (later, _) = site.hook(&["member.left"]).await;
    let mut somebody = site.scene.database.connect().await;
    let holding = somebody.transaction().await.expect("a transaction");
    // While nothing is on, no node looks: it is held before anybody sees it.
    let append = "SELECT annex.append_audit_event($1, 'member.joined', 'user', 'somebody')";
    let client = site.scene.database.connect().await;
    site.scene.flag(&site.owner.tenant, false).await;
    site.scene.settle().await;
    client.execute(append, &[&site.owner.tenant]).await.expect("an event");
    let due = "UPDATE annex.webhook_deliveries SET next_attempt_at = now() - interval '1 minute'";
    client.batch_execute(due).await.expect("it is the oldest");
    holding.execute("SELECT FROM annex.webhook_deliveries FOR UPDATE", &[]).await.expect("held");
    site.scene.flag(&site.owner.tenant, true).await;
    site.scene.settle().await;
    site.happens("member.left").await;
    let came = site.receiver.wait(1).await;
    assert_eq!(came[0].json()["type"], "member.left");
    let delivered = || async { site.deliveries(&later).await.first().is_some_and(|one| one["state"] == "delivered") };
    eventually(DEADLINE, "it is written down", delivered).await;
    assert_eq!(site.receiver.all().len(), 1, "the held one is somebody else's");
    holding.commit().await.expect("an end");
    client.batch_execute(due).await.expect("it is due still");
    let came = site.receiver.wait(2).await;
    assert_eq!(came[1].json()["type"], "member.joined", "the control: it was due");
}

#[tokio::test]
async fn an_endpoint_that_fails_for_days_or_is_gone_is_switched_off_with_an_event() {
    let site = Site::start_once("hookoff").await;
    let (patient, _) = site.hook(&["*"]).await;
    let four_days =
        format!("UPDATE annex.webhooks SET failing_since = now() - interval '4 days' WHERE id = '{patient}'");
    site.scene.database.connect().await.batch_execute(&four_days).await.expect("time passes");
    site.receiver.answer("500 Broken");
    site.happens("member.joined").await;
    let tried = || async { site.deliveries(&patient).await.first().is_some_and(|one| one["lastStatus"].is_u64()) };
    eventually(DEADLINE, "it failed once more", tried).await;
    let listed = site.client().get(&site.path("")).await.expect(200).json();
    assert_eq!(listed["data"][0]["disabledAt"], json!(null), "four days are not five");
    site.client().delete(&site.path(&format!("/{patient}"))).await.expect(204);
    for (answer, since, reason) in [("500 Broken", "6 days", "failing"), ("410 Gone", "0 days", "gone")] {
        let (id, _) = site.hook(&["*"]).await;
        let sql = format!("UPDATE annex.webhooks SET failing_since = now() - interval '{since}' WHERE id = '{id}'");
        site.scene.database.connect().await.batch_execute(&sql).await.expect("time passes");
        site.receiver.answer(answer);
        site.happens("member.joined").await;
        let off = || async {
            site.client().get(&site.path("")).await.text.contains(&format!("\"disabledReason\":\"{reason}\""))
        };
        eventually(DEADLINE, "it is switched off", off).await;
        let told = "SELECT actor_kind, details->>'reason' FROM annex.audit_events WHERE action = 'webhook.disabled' ORDER BY seq DESC LIMIT 1";
        let told = site.rows(told).await;
        assert_eq!((told[0].get::<_, &str>(0), told[0].get::<_, &str>(1)), ("node", reason));
        let before = site.receiver.all().len();
        site.happens("member.joined").await;
        assert_eq!(site.deliveries(&id).await.len(), 1, "nothing is queued for an endpoint that is off");
        assert_eq!(site.receiver.all().len(), before);
        let one = site.path(&format!("/{id}"));
        let on = site.client().patch(&one, json!({ "enabled": true })).await.expect(200).json();
        assert_eq!((&on["disabledAt"], &on["failingSince"]), (&json!(null), &json!(null)));
        site.happens("member.joined").await;
        site.receiver.wait(before + 1).await;
        site.client().delete(&one).await.expect(204);
    }
}

#[tokio::test]
async fn a_new_secret_and_the_one_before_sign_side_by_side() {
    let site = Site::start("hookrotate").await;
    let (id, old) = site.hook(&["*"]).await;
    let path = site.path(&format!("/{id}/rotate-secret"));
    let rotated = site.client().send(reqwest::Method::POST, &path, None).await.expect(200).json();
    let new = text(&rotated["secret"]);
    let test = site.path(&format!("/{id}/test"));
    let queued = site.client().send(reqwest::Method::POST, &test, None).await.expect(202).json();
    let came = site.receiver.wait(1).await;
    assert_eq!(json!(came[0].header("webhook-id")), queued["deliveryId"]);
    assert_eq!(came[0].json()["type"], "webhook.test");
    assert!(came[0].is_signed_by(&old) && came[0].is_signed_by(&new));
    let over = "UPDATE annex.webhooks SET previous_until = now() - interval '1 second'";
    site.scene.database.connect().await.batch_execute(over).await.expect("a day passes");
    site.happens("member.joined").await;
    let came = site.receiver.wait(2).await;
    assert!(!came[1].is_signed_by(&old) && came[1].is_signed_by(&new), "the old one has ended");
}

#[tokio::test]
async fn two_nodes_deliver_each_event_once() {
    let site = Site::start("hooknodes").await;
    let other = quick(Options::new(&site.scene.crm, &site.scene.database, Some(&site.scene.redis)));
    let other = Annex::start(other).await;
    let (_, secret) = site.hook(&["*"]).await;
    // All due at one moment: both nodes see the same rows.
    let write = "SELECT annex.append_audit_event($1, 'member.joined', 'user', 'somebody', 'user', n::text) FROM generate_series(1, 60) n";
    site.scene.database.connect().await.execute(write, &[&site.owner.tenant]).await.expect("events");
    site.receiver.wait(60).await;
    let all_ended = || async {
        site.rows("SELECT count(*) FROM annex.webhook_deliveries WHERE state <> 'delivered'").await[0].get::<_, i64>(0)
            == 0
    };
    eventually(DEADLINE, "all of them are written down", all_ended).await;
    let came = site.receiver.all();
    let ids: BTreeSet<&str> = came.iter().map(|one| one.header("webhook-id")).collect();
    assert_eq!((came.len(), ids.len()), (60, 60), "each once");
    assert!(came.iter().all(|one| one.is_signed_by(&secret)), "both nodes sign with the same secret");
    for url in [&site.scene.annex.admin_url, &other.admin_url] {
        let metrics = annex_tests::http::json::Client::new(url).get("/metrics").await.text;
        assert!(
            metrics.contains("annex_webhook_deliveries_total{outcome=\"delivered\"}"),
            "both nodes work: {metrics}"
        );
    }
}

#[tokio::test]
async fn a_secret_outlives_the_key_it_is_sealed_with() {
    let site = Site::start("hookkeys").await;
    let (_, secret) = site.hook(&["*"]).await;
    let Site { scene, owner, receiver } = site;
    let Scene { annex, redis, crm, database } = scene;
    annex.stop().await;
    let (new, newer) = ("a-new-secret-of-annex-itself-for-the-suites", "a-newer-secret-of-annex-itself-for-the-suites");
    let append = "SELECT annex.append_audit_event($1, 'member.joined', 'user', 'somebody')";
    let client = database.connect().await;
    for (count, current, previous) in [(1, new, SECRET), (2, newer, new)] {
        let options = quick(Options::new(&crm, &database, Some(&redis)));
        let options = options.with("ANNEX_SECRET", current).with("ANNEX_SECRET_PREVIOUS", previous);
        let annex = Annex::start(options).await;
        client.execute(append, &[&owner.tenant]).await.expect("an event");
        let came = receiver.wait(count).await;
        assert!(came.last().expect("one").is_signed_by(&secret), "{current}");
        let delivered = async || {
            let sql = "SELECT count(*) FROM annex.webhook_deliveries WHERE state = 'delivered'";
            client.query_one(sql, &[]).await.expect("a number").get::<_, i64>(0) == i64::try_from(count).expect("few")
        };
        eventually(DEADLINE, "it is written down, and the secret sealed anew", delivered).await;
        annex.stop().await;
    }
}

#[tokio::test]
async fn what_ended_is_sent_again_on_demand_with_the_same_id() {
    let site = Site::start("hookreplay").await;
    let (id, secret) = site.hook(&["*"]).await;
    site.happens("member.joined").await;
    site.receiver.wait(1).await;
    let ended = || async { site.deliveries(&id).await[0]["state"] == "delivered" };
    eventually(DEADLINE, "it arrived", ended).await;
    let delivery = text(&site.deliveries(&id).await[0]["id"]);
    let path = site.path(&format!("/{id}/deliveries/{delivery}/replay"));
    let post = async |path: &str| site.client().send(reqwest::Method::POST, path, None).await;
    assert_eq!(post(&path).await.expect(202).json(), json!({ "deliveryId": delivery }));
    let came = site.receiver.wait(2).await;
    assert_eq!(came[0].header("webhook-id"), came[1].header("webhook-id"));
    assert_eq!((&came[0].body, came[1].is_signed_by(&secret)), (&came[1].body, true));
    eventually(DEADLINE, "it arrived again", ended).await;
    assert_eq!(site.deliveries(&id).await.len(), 1, "it is no other delivery");
    let told = "SELECT details->>'deliveryId' FROM annex.audit_events WHERE action = 'webhook.replayed'";
    assert_eq!(site.rows(told).await[0].get::<_, &str>(0), delivery);
    // What waits is not sent twice, what is nobody's is not there, and who is switched off gets nothing.
    site.scene.database.connect().await.batch_execute("UPDATE annex.webhook_deliveries SET state = 'pending', ended_at = null, next_attempt_at = now() + interval '1 hour'").await.expect("it waits");
    assert_eq!(post(&path).await.expect(409).code(), "CONFLICT");
    post(&site.path(&format!("/{id}/deliveries/{}/replay", uuid::Uuid::new_v4()))).await.expect(404);
    post(&site.path(&format!("/{}/deliveries/{delivery}/replay", uuid::Uuid::new_v4()))).await.expect(404);
    site.client().patch(&site.path(&format!("/{id}")), json!({ "enabled": false })).await.expect(200);
    assert_eq!(post(&path).await.expect(409).code(), "CONFLICT");
}

#[tokio::test]
async fn an_endpoint_that_was_switched_off_gets_tests_and_nothing_that_waited() {
    let site = Site::start_once("hookpaused").await;
    let (id, _) = site.hook(&["*"]).await;
    site.receiver.answer("500 Broken");
    site.happens("member.joined").await;
    site.receiver.wait(1).await;
    site.client().patch(&site.path(&format!("/{id}")), json!({ "enabled": false })).await.expect(200);
    let waiting = site.deliveries(&id).await;
    assert_eq!(waiting[0]["state"], "failed", "what waited is given up: {waiting:?}");
    let before = site.receiver.all().len();
    site.client().send(reqwest::Method::POST, &site.path(&format!("/{id}/test")), None).await.expect(202);
    let came = site.receiver.wait(before + 1).await;
    assert_eq!(came.last().expect("one").json()["type"], "webhook.test");
    // Even a row that somebody put back waits for an endpoint that is on.
    let put_back = "UPDATE annex.webhook_deliveries SET state = 'pending', ended_at = null, next_attempt_at = now() WHERE event <> 'webhook.test'";
    site.scene.database.connect().await.batch_execute(put_back).await.expect("it is due");
    site.client().send(reqwest::Method::POST, &site.path(&format!("/{id}/test")), None).await.expect(202);
    let came = site.receiver.wait(before + 2).await;
    assert!(came[before..].iter().all(|one| one.json()["type"] == "webhook.test"));
    site.client().patch(&site.path(&format!("/{id}")), json!({ "enabled": true })).await.expect(200);
    let came = site.receiver.wait(before + 3).await;
    assert_eq!(came.last().expect("one").json()["type"], "member.joined", "the control: it was due");
}

#[tokio::test]
async fn nothing_is_sent_for_a_workspace_that_is_off() {
    let site = Site::start("hookflag").await;
    let other = site.scene.agency("other").await;
    site.scene.flag(&other.tenant, true).await;
    let (id, _) = site.hook(&["*"]).await;
    site.scene.flag(&site.owner.tenant, false).await;
    site.scene.settle().await;
    site.happens("member.joined").await;
    // It was looked at and put off, for it is due later than it was made.
    let put_off = "SELECT count(*) FROM annex.webhook_deliveries WHERE next_attempt_at > now() + interval '40 seconds'";
    let looked = || async { site.rows(put_off).await[0].get::<_, i64>(0) == 1 };
    eventually(DEADLINE, "it was put off", looked).await;
    assert_eq!(site.receiver.all().len(), 0);
    site.scene.flag(&site.owner.tenant, true).await;
    site.scene.settle().await;
    site.scene
        .database
        .connect()
        .await
        .batch_execute("UPDATE annex.webhook_deliveries SET next_attempt_at = now()")
        .await
        .expect("time passes");
    site.receiver.wait(1).await;
    assert_eq!(site.deliveries(&id).await.len(), 1);
}
