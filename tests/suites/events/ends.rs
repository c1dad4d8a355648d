//! When a stream ends, and how many there may be.

use std::time::Duration;

use annex_tests::http::events::{Event, Events};
use annex_tests::http::eventually;
use annex_tests::http::json::Client;
use annex_tests::story;
use serde_json::json;
use tokio::time::Instant;

use super::{BOUND, Site};

/// All that comes until the end, but that a node has read all anew.
async fn said(mut events: Events) -> Vec<Event> {
    events.rest().await.into_iter().filter(|event| event.name != "resync").collect()
}

#[tokio::test]
async fn it_ends_with_the_feature_and_says_so() {
    let site = Site::start("eventfeature", |options| options).await;
    let events = site.open(&site.guest).await;
    let began = Instant::now();
    site.scene.flag(&site.guest.tenant, false).await;
    let rest = said(events).await;
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
    let names: Vec<&str> = rest.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["flag", "flag", "end"], "{rest:?}");
    assert_eq!(rest[2].content, json!({ "reason": "feature_lost" }));
    let (status, body) = site.try_open(&site.guest, &[]).await.expect_err("no feature, no stream");
    assert!(status == 403 && body.contains("MULTI_WORKSPACE_DISABLED"), "{status} {body}");
}

#[tokio::test]
async fn it_ends_with_the_membership_that_gave_the_feature() {
    let site = Site::start("eventmember", |options| options).await;
    site.scene.flag(&site.guest.tenant, false).await;
    let guest = format!("tenant_id = '{}' AND user_id = '{}'", site.owner.tenant, site.guest.id);
    for (change, told) in [("suspended", "suspended"), ("removed", "lost")] {
        site.member(&site.guest, "manager").await;
        site.scene.settle().await;
        let events = site.open(&site.guest).await;
        let began = Instant::now();
        site.sql(&format!("UPDATE annex.workspace_users SET status = '{change}' WHERE {guest}")).await;
        let rest = said(events).await;
        assert!(began.elapsed() < BOUND, "{change}: {:?}", began.elapsed());
        let names: Vec<&str> = rest.iter().map(|event| event.name.as_str()).collect();
        assert_eq!(names, ["access", "flag", "end"], "{change}: {rest:?}");
        assert_eq!(rest[0].content["change"], told);
        assert_eq!(rest[2].content, json!({ "reason": "feature_lost" }));
        let (status, _) = site.try_open(&site.guest, &[]).await.expect_err("no feature, no stream");
        assert_eq!(status, 403);
    }
}

/// Nobody tells Annex of it. A stream looks every 20 s, and at the row itself: what the opening remembered of it at the last
/// moment before the account was closed counts 30 s for others (rule R4), and would count for two looks here.
#[tokio::test]
async fn it_ends_when_the_crm_closes_the_account() {
    let site = Site::start("eventclosed", |options| options).await;
    let mut events = site.open(&site.guest).await;
    let began = Instant::now();
    site.sql(&format!("UPDATE users SET is_active = false WHERE id = '{}'", site.guest.id)).await;
    let rest = events.rest().await;
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    assert_eq!(rest.last().expect("a last word").content, json!({ "reason": "feature_lost" }));
}

#[tokio::test]
async fn it_ends_with_the_token() {
    let site = Site::start("eventtoken", |options| options).await;
    let mut claims = story::claims(&site.guest, "agency_admin", true);
    claims["exp"] = json!(story::now_s() + 6);
    let short = story::Person { access: story::sign(&claims, &site.scene.crm.jwt_secret), ..site.guest.clone() };
    let began = Instant::now();
    let mut events = site.open(&short).await;
    let rest = events.rest().await;
    assert_eq!(rest.last().expect("a last word").content, json!({ "reason": "token_expired" }));
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    let (status, _) = site.try_open(&short, &[]).await.expect_err("the token is over");
    assert_eq!(status, 401);
}

#[tokio::test]
async fn streams_are_bounded_for_a_person_and_a_node_and_make_room_when_they_end() {
    let limits = |options: annex_tests::sidecar::Options| {
        options.with("ANNEX_LIMITS_EVENT_STREAMS", "4").with("ANNEX_LIMITS_EVENT_STREAMS_PER_PERSON", "3")
    };
    let site = Site::start("eventlimits", limits).await;
    let mut theirs = Vec::new();
    for _ in 0..3 {
        theirs.push(site.open(&site.guest).await);
    }
    let (status, body) = site.try_open(&site.guest, &[]).await.expect_err("three of one person");
    assert!(status == 429 && body.contains("RATE_LIMITED"), "{status} {body}");
    let _fourth = site.open(&site.owner).await;
    let (status, _) = site.try_open(&site.owner, &[]).await.expect_err("four on this node");
    assert_eq!(status, 429);
    let admin = Client::new(&site.scene.annex.admin_url);
    assert!(admin.get("/metrics").await.text.contains("annex_event_streams 4"));
    theirs.clear();
    eventually(Duration::from_secs(60), "readers who left are counted out", || async {
        admin.get("/metrics").await.text.contains("annex_event_streams 1")
    })
    .await;
    site.open(&site.guest).await;
}

#[tokio::test]
async fn a_stop_ends_streams_and_is_not_held_up_by_them() {
    let times = |options: annex_tests::sidecar::Options| {
        options.with("ANNEX_SHUTDOWN_GRACE_MS", "0").with("ANNEX_SHUTDOWN_TIMEOUT_MS", "60000")
    };
    let site = Site::start("eventstop", times).await;
    let mut events = site.open(&site.guest).await;
    let began = Instant::now();
    site.scene.annex.program().signal("TERM");
    let rest = events.rest().await;
    assert_eq!(rest.last().expect("a last word").content, json!({ "reason": "shutdown" }));
    let status = site.scene.annex.program().ended(Duration::from_secs(60)).await;
    assert_eq!(status, 0);
    assert!(began.elapsed() < Duration::from_secs(30), "the stop waited for a stream: {:?}", began.elapsed());
}

/// What the API calls the feature and what a stream ends with are one judgement: a deleted workspace that is on gives it to
/// whoever was a member, so that they learn that it is deleted, and of its return.
#[tokio::test]
async fn it_goes_on_where_a_deleted_workspace_is_all_that_gives_the_feature() {
    let site = Site::start("eventdeleted", |options| options).await;
    site.scene.flag(&site.guest.tenant, false).await;
    site.member(&site.guest, "manager").await;
    site.scene.settle().await;
    let mut before = site.open(&site.guest).await;
    let workspace = format!("WHERE tenant_id = '{}'", site.owner.tenant);
    site.sql(&format!("UPDATE annex.workspaces SET deleted_at = now() {workspace}")).await;
    assert_eq!(before.of("workspace").await["change"], "deleted");
    let client = site.scene.client(&site.guest);
    assert_eq!(client.get("/api/features").await.expect(200).json()["multi_workspace_enabled"], true);
    let mut since = site.open(&site.guest).await;
    site.sql(&format!("UPDATE annex.workspaces SET deleted_at = NULL {workspace}")).await;
    assert_eq!(before.of("workspace").await["change"], "restored");
    assert_eq!(since.of("access").await["change"], "joined");
}
