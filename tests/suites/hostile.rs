//! Bodies and ids that want to mean two things, or too much, on routes whose body is guarded.
//!
//! Each is sent as exact bytes. It is refused with a status and a code, the connection ends, and the CRM has seen no
//! whole request; what is fine, up to the last byte of the limit, arrives as it was sent.

mod attacks;
mod sizes;
mod wire;

use std::collections::BTreeMap;
use std::time::Duration;

use annex_tests::http::json::Client;
use annex_tests::story::{self, Person};
use serde_json::Value;

use crate::holes::without_guards;
use crate::matrix::Site;
use crate::matrix::rows::{self, Plot};
use attacks::{Attack, Expected};
use wire::Got;

/// A workspace with an Admin who joined, and a row of everything that the attacks name.
struct Stage {
    site: Site,
    admin: Person,
}

/// The workspace's rows, and another tenant's.
const OWN: &str = "own";
const THEIRS: &str = "theirs";

impl Stage {
    async fn new(label: &str) -> Self {
        let site = Site::start(label).await;
        let (admin, victim) = (site.agency("admin").await, site.agency("victim").await);
        story::add_member(&site.database, &site.workspace, &admin.id, "admin").await;
        for (key, tenant, author) in [(OWN, &site.workspace, &site.owner.id), (THEIRS, &victim.tenant, &victim.id)] {
            let tables = ["customers", "tasks", "task_comments", "task_checklist_items", "proposal_sections"];
            let wanted = tables.map(|table| (table, (key.to_owned(), String::new())));
            rows::make(&site.database, Plot { tenant, author }, wanted).await;
        }
        site.settle().await;
        Self { site, admin }
    }

    /// The head of a request in the workspace, without its end.
    fn head(&self, line: &str, probe: &str) -> String {
        let (token, workspace) = (&self.admin.access, &self.site.workspace);
        format!(
            "{line} HTTP/1.1\r\nHost: crm.test\r\nX-Probe: {probe}\r\nAuthorization: Bearer {token}\r\n\
             X-Workspace-Id: {workspace}\r\n"
        )
    }

    /// Sends an attack to Annex at `port`, with `more` in its head.
    async fn send(&self, port: u16, attack: &Attack, probe: &str, more: &str) -> Got {
        let head = self.head(attack.line, probe) + more;
        wire::send(port, attack.pieces(&head)).await
    }

    /// What the CRM got, by probe: whether it was whole, its length and its hash.
    async fn arrivals(&self) -> BTreeMap<String, (bool, u64, String)> {
        let entries = Client::new(&self.site.crm.url).get("/__test/received").await.expect(200).json();
        let entries = entries.as_array().expect("a list").clone();
        entries.iter().filter_map(|entry| Some((probe_of(entry)?, seen(entry)))).collect()
    }
}

fn probe_of(entry: &Value) -> Option<String> {
    let headers = entry["rawHeaders"].as_array()?;
    let at = headers.iter().position(|name| name.as_str().is_some_and(|name| name.eq_ignore_ascii_case("x-probe")))?;
    Some(headers.get(at + 1)?.as_str()?.to_owned())
}

fn seen(entry: &Value) -> (bool, u64, String) {
    let hash = entry["bodySha256"].as_str().unwrap_or_default().to_owned();
    (entry["complete"] == true, entry["bodyBytes"].as_u64().unwrap_or_default(), hash)
}

#[tokio::test]
async fn what_is_hostile_is_refused_closed_and_never_reaches_the_crm_whole() {
    let stage = Stage::new("hostile").await;
    let attacks = attacks::all();
    let mut wrong = Vec::new();
    for (number, attack) in attacks.iter().enumerate() {
        let got = stage.send(stage.site.annex.port, attack, &format!("probe-{number}"), "").await;
        let mut note = |what: String| wrong.push(format!("{}: {what}", attack.name));
        match &attack.expected {
            Expected::Refused(status, code) if (got.status, got.code.as_str()) != (*status, *code) => {
                note(format!("wanted {status} {code}, got {got:?}"));
            }
            Expected::Broken if !(got.status == 0 || got.status == 400) => note(format!("got {got:?}")),
            Expected::Refused(..) | Expected::Broken => {}
        }
        if got.answers > 1 {
            note(format!("{} answers came", got.answers));
        }
        if !got.closed {
            note("the connection stayed open".to_owned());
        }
    }
    let arrivals = stage.arrivals().await;
    for (number, attack) in attacks.iter().enumerate() {
        if let Some((true, bytes, _)) = arrivals.get(&format!("probe-{number}")) {
            wrong.push(format!("{}: reached the CRM with {bytes} bytes", attack.name));
        }
        if arrivals.contains_key(&format!("probe-{number}-second")) {
            wrong.push(format!("{}: what followed it reached the CRM", attack.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), attacks.len(), wrong.join("\n"));
    let still = Client::new(&stage.site.annex.url).bearer(&stage.admin.access).workspace(&stage.site.workspace);
    still.get("/api/customers/own").await.expect(200);
}

#[tokio::test]
async fn without_a_guard_what_is_well_framed_arrives() {
    let stage = Stage::new("hostilecontrol").await;
    let bare = stage.site.with_profile(without_guards).await;
    let attacks = attacks::all();
    let framed: Vec<_> = attacks.iter().enumerate().filter(|(_, attack)| attack.is_for_a_guard()).collect();
    // The CRM writes a request down when it has read it whole. Where it answers before that and the connection ends first,
    // the attack goes once more.
    annex_tests::http::eventually(Duration::from_secs(120), "what nothing guards arrives", || async {
        let arrivals = stage.arrivals().await;
        let whole = |number: &usize| arrivals.get(&format!("bare-{number}")).is_some_and(|(whole, ..)| *whole);
        let stopped: Vec<&str> =
            framed.iter().filter(|(number, _)| !whole(number)).map(|(_, attack)| attack.name.as_str()).collect();
        println!("not there yet: {stopped:?}");
        for (number, attack) in framed.iter().filter(|(number, _)| !whole(number)) {
            stage.send(bare.port, attack, &format!("bare-{number}"), "Connection: close\r\n").await;
        }
        stopped.is_empty()
    })
    .await;
    assert!(framed.len() > 40, "{} attacks are a guard's to stop", framed.len());
}
