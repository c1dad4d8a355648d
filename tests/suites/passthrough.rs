//! With the flag off, Annex is not there: the same conversations with the CRM alone and through Annex carry the
//! same bytes, in both directions, but for what the table of `docs/PASSTHROUGH.md` lists.
//!
//! Each run of the corpus ([`corpus`]) has a database, a CRM and a relay of its own, which writes down what the CRM
//! received and answered. Two comparisons are made. *Through*: what a client sent and what the CRM received, what the
//! CRM answered and what the client got, in one run, nothing replaced. *Against*: one run with the CRM alone and one
//! through Annex; random values are numbered in order of appearance ([`moments`]).

mod bodies;
mod compare;
mod controls;
mod flows;
mod foreign;
mod heads;
mod message;
mod moments;
mod pages;
mod play;
pub mod rows;
mod script;
mod streams;
mod talk;
pub mod tap;

use std::time::Duration;

use annex_tests::crm::{self, Crm};
use annex_tests::folder::Folder;
use annex_tests::http::eventually;
use annex_tests::http::json::Client;
use annex_tests::ports::free_port;
use annex_tests::postgres::{Cluster, Database};
use annex_tests::sidecar::{Annex, Options, Wait, migrate};
use annex_tests::story;
use tokio::sync::OnceCell;

use compare::{Rules, Situation};
use moments::Moments;
use play::{Capture, play};
use rows::{Shown, Table, ids};
use tap::Tap;

/// All conversations, in the order in which they are held: later ones use what earlier ones made.
fn corpus() -> Vec<script::Step> {
    [flows::steps(), pages::steps(), bodies::steps(), heads::steps(), streams::steps(), foreign::steps()].concat()
}

#[tokio::test]
async fn on_a_database_without_our_schema_nobody_notices() {
    let site = Site::start("bare").await;
    let annex = Annex::start(site.options().wait(Wait::Listening)).await;
    site.assert_unnoticed(&annex, Situation::Off, &["request", "answer", "connection", "annex"]).await;
}

#[tokio::test]
async fn migrated_with_everything_off_nobody_notices() {
    let site = Site::start("off").await;
    let annex = Annex::start_migrated(site.options()).await;
    site.assert_unnoticed(&annex, Situation::Off, &["request", "answer", "connection", "annex"]).await;
}

#[tokio::test]
async fn a_pilot_affects_nobody_else() {
    let site = Site::start("pilot").await;
    let options = site.options();
    migrate(&options).await;
    let pilot = story::log_in(&site.crm.url, "bo@borealis.test", "demo-bo-1").await;
    story::set_flag(&site.database, story::FlagScope::Tenant(&pilot.tenant), true).await;
    let annex = Annex::start(options).await;
    // The control: for the pilot itself a name is not just another header.
    let by_pilot = Client::new(&annex.url).bearer(&pilot.access).header("x-workspace-id", "a,b");
    by_pilot.get("/api/customers").await.expect(400);
    site.assert_unnoticed(&annex, Situation::Pilot, &["request", "answer", "connection", "annex", "pilot"]).await;
}

#[tokio::test]
async fn in_shadow_nobody_notices() {
    let site = Site::start("shadow").await;
    let options = site.options();
    migrate(&options).await;
    let everybody = "UPDATE annex.feature_flags SET enabled = false, mode = 'shadow' WHERE tenant_id IS NULL";
    let operator = site.database.connect().await;
    operator.execute(everybody, &[]).await.expect("the global row");
    let annex = Annex::start(options).await;
    site.assert_unnoticed(&annex, Situation::Off, &["request", "answer", "connection", "annex"]).await;
    // The control: it was looked at.
    let count = "SELECT coalesce(sum(seen), 0)::bigint FROM annex.shadow_decisions";
    let recorded = || async { operator.query_one(count, &[]).await.expect("a count").get::<_, i64>(0) >= 10 };
    eventually(Duration::from_secs(30), "the corpus is recorded", recorded).await;
}

#[tokio::test]
async fn without_postgresql_from_the_start_nobody_notices() {
    let site = Site::start("unreachable").await;
    let nowhere = format!("postgres://annex:annex@127.0.0.1:{}/crm", free_port());
    let options = site.options().with("ANNEX_DATABASE_URL", &nowhere).with("ANNEX_MIGRATE_DATABASE_URL", &nowhere);
    let annex = Annex::start(options.wait(Wait::Listening)).await;
    let places = ["request", "answer", "connection", "annex", "unreachable"];
    site.assert_unnoticed(&annex, Situation::Unreachable, &places).await;
}

/// A CRM with demo rows, a relay in front of it, and room for its uploads.
struct Site {
    database: Database,
    crm: Crm,
    tap: Tap,
    began_s: i64,
    uploads: Folder,
}

impl Site {
    async fn start(label: &str) -> Self {
        let database = Cluster::shared().seeded_database(label).await;
        let uploads = Folder::new("uploads");
        let record = uploads.join("record").display().to_string();
        let options = crm::Options::default().with("CRM_UPLOADS", uploads.path().display().to_string());
        let crm = Crm::start(&database, options.with("CRM_RECORD", record)).await;
        let tap = Tap::start(crm.port).await;
        let began_s = i64::try_from(story::now_s()).expect("a second of this era");
        Self { database, crm, tap, began_s, uploads }
    }

    /// Of an Annex in front of the relay.
    fn options(&self) -> Options {
        let options = Options::new(&self.crm, &self.database, None);
        options.with("ANNEX_UPSTREAM", format!("http://127.0.0.1:{}", self.tap.port))
    }

    /// Plays the corpus through Annex and compares it; `places` are the tables' rows that must show.
    async fn assert_unnoticed(&self, annex: &Annex, situation: Situation, places: &[&str]) {
        let through = play(&corpus(), annex.port, &self.tap).await;
        let direct = direct().await;
        let mut shown = Shown::default();
        let mut rules = Rules { began_s: self.began_s, situation, shown: &mut shown };
        let mut noticed = noticed_through(&mut rules, &through);
        noticed.extend(noticed_against(&mut rules, &direct.numbered, &numbered(self.began_s, &through)));
        let count = noticed.len();
        assert!(count == 0, "{count} differences that docs/PASSTHROUGH.md does not list:\n\n{}", noticed.join("\n\n"));
        shown.assert_exactly(&ids(Table::Differences, places));
    }
}

/// The corpus with the CRM alone.
struct Direct {
    began_s: i64,
    captures: Vec<Capture>,
    numbered: Vec<Capture>,
}

/// Played once for all tests.
async fn direct() -> &'static Direct {
    static DIRECT: OnceCell<Direct> = OnceCell::const_new();
    let record = async || {
        let site = Site::start("direct").await;
        let captures = play(&corpus(), site.tap.port, &site.tap).await;
        for capture in &captures {
            // The relay itself changes nothing.
            assert_eq!(capture.sent, capture.received, "{}: the relay", capture.name);
            assert!(capture.half || capture.answered == capture.got, "{}: the relay", capture.name);
        }
        controls::assert_the_crm_recorded_the_same(&site, &captures).await;
        Direct { began_s: site.began_s, numbered: numbered(site.began_s, &captures), captures }
    };
    DIRECT.get_or_init(record).await
}

fn noticed_through(rules: &mut Rules<'_>, through: &[Capture]) -> Vec<String> {
    let noticed = through.iter().filter_map(|capture| {
        let outcome = rules.through(capture).err()?;
        Some(format!("{} (within one run): {outcome}", capture.name))
    });
    noticed.collect()
}

fn noticed_against(rules: &mut Rules<'_>, direct: &[Capture], through: &[Capture]) -> Vec<String> {
    assert_eq!(direct.len(), through.len(), "both runs hold the same conversations");
    let pairs = direct.iter().zip(through);
    let noticed = pairs.filter_map(|(direct, through)| {
        let outcome = rules.against(direct, through).err()?;
        Some(format!("{} (against the CRM alone): {outcome}", direct.name))
    });
    noticed.collect()
}

/// A run with its random values numbered, in the order in which its wires carried them.
fn numbered(began_s: i64, captures: &[Capture]) -> Vec<Capture> {
    let mut moments = Moments::since(began_s);
    let mut number = |messages: &[message::Message]| messages.iter().map(|one| moments.number(one)).collect();
    let numbered = captures.iter().map(|capture| Capture {
        sent: number(&capture.sent),
        received: number(&capture.received),
        answered: number(&capture.answered),
        got: number(&capture.got),
        ..capture.clone()
    });
    numbered.collect()
}
