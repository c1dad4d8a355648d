//! What a stream tells.

use std::time::Duration;

use annex_tests::document;
use annex_tests::http::events::Events;
use serde_json::{Value, json};

use super::{BOUND, Site};

/// The next event, in time. A node that lost its listener says only that it has read all anew.
async fn told(events: &mut Events) -> (String, Value) {
    let mut event = events.within(BOUND).await.expect("an event within the bound");
    while event.name == "resync" {
        event = events.within(BOUND).await.expect("an event within the bound");
    }
    assert!(event.id.contains('.'), "events have ids: {event:?}");
    (event.name, event.content)
}

#[tokio::test]
async fn access_flag_and_workspace_are_told_as_they_change_and_to_whom_they_concern() {
    let site = Site::start("eventchanges", |options| options).await;
    let other = site.scene.agency("other").await;
    site.scene.flag(&other.tenant, true).await;
    site.scene.settle().await;
    let (mut events, mut uninvolved) = (site.open(&site.guest).await, site.open(&other).await);
    let id = site.owner.tenant.as_str();
    let of_row = |set: &str| {
        format!("UPDATE annex.workspace_users SET {set} WHERE tenant_id = '{id}' AND user_id = '{}'", site.guest.id)
    };
    let of_workspace = |set: &str| format!("UPDATE annex.workspaces SET {set} WHERE tenant_id = '{id}'");
    let access = |change: &str, role: Option<&str>| {
        ("access".to_owned(), json!({ "workspaceId": id, "change": change, "role": role }))
    };
    let workspace = |change: &str| ("workspace".to_owned(), json!({ "workspaceId": id, "change": change }));

    site.member(&site.guest, "viewer").await;
    assert_eq!(told(&mut events).await, access("joined", Some("viewer")));
    site.member(&site.guest, "manager").await;
    assert_eq!(told(&mut events).await, access("role_changed", Some("manager")));
    site.sql(&of_row("status = 'suspended'")).await;
    assert_eq!(told(&mut events).await, access("suspended", None));
    site.sql(&of_row("status = 'active'")).await;
    assert_eq!(told(&mut events).await, access("resumed", Some("manager")));
    site.sql(&of_workspace("name = 'Another name'")).await;
    let renamed = json!({ "workspaceId": id, "change": "renamed", "name": "Another name" });
    assert_eq!(told(&mut events).await, ("workspace".to_owned(), renamed));
    site.sql(&of_workspace("logo_url = '/logo.png'")).await;
    assert_eq!(told(&mut events).await, workspace("updated"));
    site.sql(&of_workspace("deleted_at = now(), deleted_by = 'somebody'")).await;
    assert_eq!(told(&mut events).await, workspace("deleted"));
    site.sql(&of_workspace("deleted_at = null")).await;
    assert_eq!(told(&mut events).await, workspace("restored"));
    site.scene.flag(id, false).await;
    assert_eq!(told(&mut events).await, ("flag".to_owned(), json!({ "workspaceId": id, "enabled": false })));
    site.scene.flag(id, true).await;
    assert_eq!(told(&mut events).await, ("flag".to_owned(), json!({ "workspaceId": id, "enabled": true })));
    site.remove(&site.guest).await;
    assert_eq!(told(&mut events).await, access("lost", None));
    // Nobody else hears of it, and writing down a visit is no change.
    site.sql(&format!("UPDATE annex.workspace_users SET last_accessed_at = now() WHERE tenant_id = '{id}'")).await;
    site.member(&other, "finance").await;
    assert_eq!(told(&mut uninvolved).await, access("joined", Some("finance")), "the first word to somebody uninvolved");
    assert_eq!(events.within(Duration::from_millis(500)).await, None);
}

#[tokio::test]
async fn a_native_who_is_shut_out_at_home_hears_of_it() {
    let site = Site::start("eventhome", |options| options).await;
    let (native, id) = (&site.owner, &site.owner.tenant);
    let mut events = site.open(native).await;
    let block = "INSERT INTO annex.workspace_users (tenant_id, user_id, kind, status) VALUES";
    site.sql(&format!("{block} ('{id}', '{}', 'native', 'suspended')", native.id)).await;
    assert_eq!(told(&mut events).await.1, json!({ "workspaceId": id, "change": "suspended", "role": null }));
}

#[tokio::test]
async fn what_may_have_been_missed_is_said() {
    let site = Site::start("eventresync", |options| options).await;
    let mut back = site.try_open(&site.guest, &[("last-event-id", "7.1")]).await.expect("a stream");
    assert_eq!(back.of("resync").await, json!({ "reason": "reconnected" }));
    let mut events = site.open(&site.guest).await;
    // The connection on which this node hears of changes is cut; what happens meanwhile is found all the same.
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND application_name = 'annex'";
    site.sql(cut).await;
    site.member(&site.guest, "viewer").await;
    assert_eq!(events.of("resync").await, json!({ "reason": "reloaded" }));
    let list = site.scene.client(&site.guest).get("/api/workspaces").await.expect(200).json();
    assert_eq!(list["workspaces"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn nothing_on_the_way_keeps_or_holds_it_back() {
    let site = Site::start("eventheaders", |options| options).await;
    let url = format!("{}/api/workspaces/events", site.scene.annex.url);
    let (status, _) =
        Events::open(&format!("{url}?access_token={}", site.guest.access), "", &[]).await.expect_err("no");
    assert_eq!(status, 401, "a token in the address is none");
    let events = Events::open(&url, &site.guest.access, &[("accept-encoding", "gzip, br")]).await.expect("a stream");
    for (name, wanted) in [
        ("content-type", Some("text/event-stream; charset=utf-8")),
        ("cache-control", Some("no-store")),
        ("x-accel-buffering", Some("no")),
        ("content-length", None),
        ("content-encoding", None),
    ] {
        assert_eq!(events.header(name).as_deref(), wanted, "{name}");
    }
}

#[tokio::test]
async fn a_silent_stream_says_that_it_lives() {
    let site = Site::start("eventbeat", |options| options).await;
    let mut events = site.open(&site.guest).await;
    assert_eq!(events.within(Duration::from_secs(26)).await, None);
    assert_eq!(events.comments, 1, "one comment in 15 to 25 seconds");
}

#[tokio::test]
async fn the_line_of_the_document_follows_a_stream() {
    let site = Site::start("eventdocs", |options| options).await;
    let folder = annex_tests::folder::Folder::new("events");
    let variables = [("A", &*site.scene.annex.url), ("T", &site.guest.access)];
    let said = document::typed(&document::lines("Events", 1), folder.path(), &variables).await;
    assert!(said.contains("event: ready\ndata: {\"revision\":"), "{said}");
}
