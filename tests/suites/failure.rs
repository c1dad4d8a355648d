//! The failure table, row by row, under load: a request that needs no workspace's context loses nothing, and one that
//! names a workspace is served in it or refused, never somewhere else.

mod crash;
mod stores;
mod strangers;
mod upstream;

use std::time::Duration;

use annex_tests::crm::{self, Crm};
use annex_tests::http::eventually;
use annex_tests::http::json::Client;
use annex_tests::load::{Load, Shot, Tally};
use annex_tests::postgres::{Cluster, Database};
use annex_tests::redis;
use annex_tests::scene::{agency, copies, place, settle};
use annex_tests::sidecar::{Annex, Options, Wait, migrate};
use annex_tests::story::{self, FlagScope, Person};
use serde_json::{Value, json};

/// Far above the bound of every change here.
const DEADLINE: Duration = Duration::from_secs(60);
const UNAVAILABLE: &str = "503 CONTEXT_UNAVAILABLE";

/// All parts; Annex's database is in a cluster of its own, so that it can fail while the CRM's goes on.
struct Plant {
    annex: Annex,
    redis: redis::Server,
    crm: Crm,
    database: Database,
    cluster: Cluster,
    people: People,
    _crm_database: Database,
}

/// Everybody whom the failure table speaks of.
struct People {
    /// Their home is off, and they joined nothing.
    outsider: Person,
    /// Their home is on, under the CRM's own rules.
    native: Person,
    /// Their home is on, and an Admin made them a viewer.
    viewer: Person,
    /// Their home is on; a manager of `workspace`.
    guest: Person,
    /// As the guest; never asks before something fails.
    late: Person,
    /// On.
    workspace: String,
    /// Off; the guest is a member.
    dark: String,
}

impl Plant {
    async fn start(label: &str) -> Self {
        Self::build(label, |options| options).await.running().await
    }

    async fn build(label: &str, configure: impl FnOnce(Options) -> Options) -> Prepared {
        let crm_database = Cluster::shared().crm_database(label).await;
        let crm = Crm::start(&crm_database, crm::Options::default()).await;
        let cluster = Cluster::own(label).await;
        let database = cluster.crm_database(label).await;
        let redis = redis::Server::start().await;
        let options = configure(Options::new(&crm, &database, Some(&redis)));
        migrate(&options).await;
        let people = People::gather(&crm.url, &crm_database, &database).await;
        Prepared { options, redis, crm, database, cluster, people, crm_database }
    }

    fn client(&self, person: &Person) -> Client {
        Client::new(&self.annex.url).bearer(&person.access)
    }

    fn guest(&self) -> Client {
        self.client(&self.people.guest)
    }

    /// Requests of every kind that need no workspace's context.
    fn load(&self) -> Load {
        let people = &self.people;
        let post = |person: &Person| {
            let mut shot = Shot::get(&self.client(person), "/api/contacts");
            shot.method = reqwest::Method::POST;
            shot.body = Some(json!({"name": "c", "email": "c@c.test"}));
            shot
        };
        Load::start(
            8,
            &[
                Shot::get(&self.client(&people.outsider), "/api/customers"),
                post(&people.outsider),
                Shot::get(&self.client(&people.outsider).workspace("no,such"), "/api/customers"),
                Shot::get(&self.client(&people.native), "/api/customers"),
                post(&people.native),
                Shot::get(&self.client(&people.native).workspace(&people.native.tenant), "/api/customers"),
                Shot::get(&self.guest(), "/api/customers"),
                Shot::get(&Client::new(&self.annex.url), "/a/page"),
            ],
        )
    }

    /// Where the guest's request for `workspace` lands, by every way to name it; all must be the same.
    async fn named(&self, person: &Person, workspace: &str) -> String {
        let client = self.client(person);
        let mut claims = story::claims(person, "agency_admin", true);
        claims["activeWorkspaceId"] = workspace.into();
        let switched = client.bearer(&story::sign(&claims, &self.crm.jwt_secret));
        let (by_header, query, pin) = (
            client.workspace(workspace),
            format!("/api/customers?workspaceId={workspace}"),
            format!("/_annex/w/{workspace}/api/customers"),
        );
        // At once: with a silent store each waits for as long as it may.
        let (by_header, by_query, pinned, by_claim) = tokio::join!(
            by_header.get("/api/customers"),
            client.get(&query),
            client.get(&pin),
            switched.get("/api/customers")
        );
        let mut places = Vec::new();
        for answer in [by_header, by_query, pinned, by_claim] {
            if answer.status == 503 {
                assert!(answer.header("retry-after").is_some(), "503 without a word on when");
            }
            places.push(place(&answer));
        }
        assert!(places.iter().all(|place| *place == places[0]), "the ways to name it differ: {places:?}");
        places.remove(0)
    }

    /// The guest and somebody who never asked before are served in the workspace.
    async fn assert_workspace_served(&self, what: &str) {
        for person in [&self.people.guest, &self.people.late] {
            assert_eq!(self.named(person, &self.people.workspace).await, self.people.workspace, "{what}");
        }
    }

    /// An Admin's word at home stays in force.
    async fn assert_restricted(&self, what: &str) {
        let viewer = self.client(&self.people.viewer);
        assert_eq!(place(&viewer.get("/api/customers").await), self.people.viewer.tenant, "{what}");
        let refused = viewer.post("/api/contacts", json!({"name": "c", "email": "c@c.test"})).await;
        assert_eq!(place(&refused), "403 WORKSPACE_PERMISSION_DENIED", "{what}");
    }

    async fn readyz(&self) -> (u16, Value) {
        let answer = Client::new(&self.annex.admin_url).get("/readyz").await;
        (answer.status, answer.json())
    }

    async fn settle(&self) {
        settle(&self.database, &self.annex.url, &self.crm.jwt_secret).await;
    }

    /// Waits until the workspace is served again; tells how long that took.
    async fn recovers(&self, what: &str) -> Duration {
        let guest = self.guest().workspace(&self.people.workspace);
        let served = || async { place(&guest.get("/api/customers").await) == self.people.workspace };
        let took = eventually(DEADLINE, &format!("{what}: the workspace is served again"), served).await;
        self.annex.ready().await;
        took
    }
}

/// Everything but Annex itself.
struct Prepared {
    options: Options,
    redis: redis::Server,
    crm: Crm,
    database: Database,
    cluster: Cluster,
    people: People,
    crm_database: Database,
}

impl Prepared {
    async fn running(self) -> Plant {
        let plant = self.with(Wait::Ready).await;
        plant.settle().await;
        plant
    }

    async fn with(self, wait: Wait) -> Plant {
        let Self { options, redis, crm, database, cluster, people, crm_database } = self;
        let annex = Annex::start(options.wait(wait)).await;
        Plant { annex, redis, crm, database, cluster, people, _crm_database: crm_database }
    }
}

impl People {
    async fn gather(crm: &str, crm_database: &Database, database: &Database) -> Self {
        let mut people = Vec::new();
        for name in ["outsider", "native", "viewer", "guest", "late"] {
            let person = agency(crm, name).await;
            copies(&person, crm_database, database).await;
            people.push(person);
        }
        let [outsider, native, viewer, guest, late] = people.try_into().expect("five people");
        let (workspace, dark) = (agency(crm, "workspace").await.tenant, agency(crm, "dark").await.tenant);
        for tenant in [&native.tenant, &viewer.tenant, &guest.tenant, &late.tenant, &workspace] {
            story::set_flag(database, FlagScope::Tenant(tenant), true).await;
        }
        for tenant in [&outsider.tenant, &dark] {
            story::set_flag(database, FlagScope::Tenant(tenant), false).await;
        }
        for person in [&guest, &late] {
            story::add_member(database, &workspace, &person.id, "manager").await;
            story::add_member(database, &dark, &person.id, "manager").await;
        }
        story::add_member(database, &viewer.tenant, &viewer.id, "viewer").await;
        let native_row = "UPDATE annex.workspace_users SET kind = 'native' WHERE user_id = $1";
        let operator = database.connect().await;
        operator.execute(native_row, &[&viewer.id]).await.expect("a native's row");
        // The harness's clusters commit asynchronously: a crash right after this would forget it.
        operator.batch_execute("CHECKPOINT").await.expect("it is on disk");
        Self { outsider, native, viewer, guest, late, workspace, dark }
    }
}

fn assert_unharmed(tally: &Tally, what: &str) {
    println!("{what}: {} requests without a context, none lost, the slowest {:?}", tally.total(), tally.slowest);
    assert!(tally.total() > 40, "{what}: there was no load: {tally:?}");
    assert_eq!(tally.besides(&[200, 201]), 0, "{what}: requests were lost: {tally:#?}");
}
