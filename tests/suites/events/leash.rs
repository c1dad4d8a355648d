//! What a member holds open of the CRM ends with the membership: server-sent events and WebSockets.

use std::time::Duration;

use annex_tests::crm::{self, Crm};
use annex_tests::folder::Folder;
use annex_tests::http::events::Events;
use annex_tests::http::eventually_some;
use annex_tests::postgres::{Cluster, Database};
use annex_tests::scene;
use annex_tests::sidecar::{Annex, Options};
use annex_tests::story::{self, FlagScope, Person};
use annex_tests::tree;
use futures_util::StreamExt;
use tokio::time::Instant;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::BOUND;

/// A CRM with live updates, as its profile tells it.
struct Live {
    annex: Annex,
    crm: Crm,
    database: Database,
    owner: Person,
    guest: Person,
    _folder: Folder,
}

const FIRST_ROUTE: &str = "routes = [\n";
const LIVE_ROUTES: &str = "routes = [
  { line = 1, at = \"GET /api/__test/sse\", class = \"customers:read\" },
  { line = 2, at = \"GET /api/__test/ws\", class = \"customers:read\" },\n";

impl Live {
    async fn start(label: &str) -> Self {
        let database = Cluster::shared().migrated_database(label).await;
        let crm = Crm::start(&database, crm::Options::default()).await;
        let folder = Folder::new("live");
        let shipped = std::fs::read_to_string(tree::root().join("config/crm/nexus.toml")).expect("the profile");
        assert!(shipped.contains(FIRST_ROUTE));
        let path = folder.write("live.toml", shipped.replacen(FIRST_ROUTE, LIVE_ROUTES, 1)).display().to_string();
        let options = Options::new(&crm, &database, None).patient().with("ANNEX_CRM_PROFILE", path);
        let annex = Annex::start(options).await;
        let (owner, guest) = (scene::agency(&crm.url, "owner").await, scene::agency(&crm.url, "guest").await);
        story::set_flag(&database, FlagScope::Tenant(&owner.tenant), true).await;
        story::add_member(&database, &owner.tenant, &guest.id, "viewer").await;
        let live = Self { annex, crm, database, owner, guest, _folder: folder };
        live.settle().await;
        live
    }

    async fn settle(&self) {
        scene::settle(&self.database, &self.annex.url, &self.crm.jwt_secret).await;
    }

    /// The CRM's own events, in the owner's workspace; one now, the next in ten minutes.
    async fn events(&self, person: &Person) -> Events {
        let url = format!("{}/api/__test/sse?n=2&ms=600000", self.annex.url);
        let mut events =
            Events::open(&url, &person.access, &[("x-workspace-id", &self.owner.tenant)]).await.expect("a stream");
        events.of("tick").await;
        events
    }

    /// How long until the stream ends.
    async fn end(&self, mut events: Events) -> Duration {
        let began = Instant::now();
        assert_eq!(events.rest().await, []);
        began.elapsed()
    }

    async fn sql(&self, statement: &str) {
        let client = self.database.connect().await;
        client.batch_execute(statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }
}

#[tokio::test]
async fn events_of_the_crm_end_with_the_membership_the_role_the_flag_and_the_workspace() {
    let live = Live::start("leashevents").await;
    let stays = live.events(&live.guest).await;
    drop(stays);
    let id = &live.owner.tenant;
    let guest = format!("tenant_id = '{id}' AND user_id = '{}'", live.guest.id);
    for (rule, change, back) in [
        (
            "removed",
            format!("UPDATE annex.workspace_users SET status = 'removed' WHERE {guest}"),
            format!("UPDATE annex.workspace_users SET status = 'active' WHERE {guest}"),
        ),
        (
            "suspended",
            format!("UPDATE annex.workspace_users SET status = 'suspended' WHERE {guest}"),
            format!("UPDATE annex.workspace_users SET status = 'active' WHERE {guest}"),
        ),
        (
            "another role",
            format!(
                "UPDATE annex.workspace_users SET role_id = (SELECT id FROM annex.workspace_roles WHERE tenant_id = '{id}' AND key = 'finance') WHERE {guest}"
            ),
            "SELECT 1".to_owned(),
        ),
        (
            "deleted",
            format!("UPDATE annex.workspaces SET deleted_at = now() WHERE tenant_id = '{id}'"),
            format!("UPDATE annex.workspaces SET deleted_at = null WHERE tenant_id = '{id}'"),
        ),
        (
            "off",
            format!("UPDATE annex.feature_flags SET enabled = false WHERE tenant_id = '{id}'"),
            format!("UPDATE annex.feature_flags SET enabled = true WHERE tenant_id = '{id}'"),
        ),
    ] {
        let events = live.events(&live.guest).await;
        live.sql(&change).await;
        let after = live.end(events).await;
        assert!(after < BOUND, "{rule}: it ended after {after:?}");
        live.sql(&back).await;
        live.settle().await;
    }
}

#[tokio::test]
async fn what_is_not_theirs_ends_nothing() {
    let live = Live::start("leashothers").await;
    let colleague = scene::agency(&live.crm.url, "colleague").await;
    story::add_member(&live.database, &live.owner.tenant, &colleague.id, "member").await;
    live.settle().await;
    let mut events = live.events(&live.guest).await;
    let mut theirs = live.events(&colleague).await;
    story::remove_member(&live.database, &live.owner.tenant, &colleague.id).await;
    assert_eq!(theirs.rest().await, []);
    live.sql(&format!("UPDATE annex.workspaces SET name = 'New' WHERE tenant_id = '{}'", live.owner.tenant)).await;
    live.settle().await;
    // Open still: nothing came, and no end either.
    let nothing = tokio::time::timeout(Duration::from_secs(3), events.next()).await;
    assert!(nothing.is_err(), "it ended: {nothing:?}");
}

#[tokio::test]
async fn a_websocket_ends_with_the_membership() {
    let live = Live::start("leashsocket").await;
    // On a busy machine Pingora may end a socket with its handshake (docs/RELEASE_NOTES.md, "Known"): clients ask again.
    let mut socket = eventually_some(Duration::from_secs(60), "the control: a socket stays open", || async {
        let mut request =
            format!("ws://127.0.0.1:{}/api/__test/ws", live.annex.port).into_client_request().expect("a request");
        let headers = request.headers_mut();
        headers.insert("authorization", format!("Bearer {}", live.guest.access).parse().expect("a token"));
        headers.insert("x-workspace-id", live.owner.tenant.parse().expect("an id"));
        let (mut socket, _) = connect_async(request).await.expect("the CRM upgrades");
        match tokio::time::timeout(Duration::from_millis(700), socket.next()).await {
            Err(_) => Ok(socket),
            Ok(said) => Err(said),
        }
    })
    .await;
    let began = Instant::now();
    story::remove_member(&live.database, &live.owner.tenant, &live.guest.id).await;
    let end = tokio::time::timeout(Duration::from_secs(60), socket.next()).await.expect("it ends");
    assert!(matches!(end, None | Some(Err(_))), "{end:?}");
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
}

#[tokio::test]
async fn whoever_is_open_at_a_home_that_is_deleted_ends_with_it() {
    let live = Live::start("leashdeleted").await;
    let events = live.events(&live.owner).await;
    live.sql(&format!("UPDATE annex.workspaces SET deleted_at = now() WHERE tenant_id = '{}'", live.owner.tenant))
        .await;
    let after = live.end(events).await;
    assert!(after < BOUND, "{after:?}");
}

#[tokio::test]
async fn a_native_who_is_shut_out_at_home_loses_what_they_hold_open_there() {
    let live = Live::start("leashhome").await;
    let mut events = live.events(&live.owner).await;
    let began = Instant::now();
    let block = "INSERT INTO annex.workspace_users (tenant_id, user_id, kind, status) VALUES";
    live.sql(&format!("{block} ('{}', '{}', 'native', 'suspended')", live.owner.tenant, live.owner.id)).await;
    assert_eq!(events.rest().await, []);
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
}
