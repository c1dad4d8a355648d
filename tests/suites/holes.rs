//! The CRM's holes, used: directly, where they are open, and through Annex, where they are shut.
//!
//! The attacker is an Admin of the workspace (the strongest there is) who knows ids of a tenant that is none of
//! theirs. Each attack is tried in the workspace, at home by somebody who is a member elsewhere, at home by somebody
//! who once was, and then, on the very same rows, directly at the CRM and by somebody who never was a member.
//! `tests/golden/matrix/holes.tsv` shows the answers side by side.
//!
//! **Invariant:** a refused attempt writes no row in any table of the CRM.

mod attacks;
mod field;
mod people;
mod secrets;

use annex_tests::http::json::{Answer, Client};
use annex_tests::story;
use annex_tests::strategy::Strategy;
use futures_util::future::{join, join_all};
use serde_json::json;

use crate::matrix::{self, Site, golden};
use attacks::{Attack, OWN};
use field::Field;

/// One attack and all that came of it.
struct Outcome<'a> {
    attack: &'a Attack,
    /// In the workspace, at home as a guest elsewhere, at home as a former one.
    guarded: Vec<(&'static str, Answer)>,
    /// Rows that a guarded attempt wrote.
    changed: i64,
    direct: Answer,
    nobody: Answer,
    /// Whether the open attempts changed anything.
    wrote: bool,
}

#[tokio::test]
async fn what_is_open_at_the_crm_is_shut_in_a_workspace_and_for_whoever_was_in_one() {
    let field = Field::new("holes").await;
    let attacks = attacks::all();
    field.plant(&attacks).await;
    let (clients, direct_client, nobody_client) = (field.guarded(), field.direct(), field.nobody_client());
    let mut before = field.writes().await;
    let (mut lines, mut broken) = (
        vec!["attack\tin the workspace\tguest at home\tformer guest at home\tdirectly\tnever a member".to_owned()],
        Vec::new(),
    );
    for (number, attack) in attacks.iter().enumerate() {
        let guarded = join_all(
            clients
                .iter()
                .map(async |(name, who, client)| (*name, attack.send(client, &field.words(number, who)).await)),
        );
        let guarded = guarded.await;
        let after = field.writes().await;
        let changed = after - before;
        let (own, others) = (field.words(number, "workspace"), field.words(number, "nobody"));
        let (direct, nobody) = join(attack.send(&direct_client, &own), attack.send(&nobody_client, &others)).await;
        before = field.writes().await;
        let outcome = Outcome { attack, guarded, changed, direct, nobody, wrote: after != before };
        broken.extend(outcome.mistakes(&field, number));
        lines.push(outcome.line(&field, number));
    }
    assert!(broken.is_empty(), "{} attacks:\n{}", broken.len(), broken.join("\n"));
    golden::compare("matrix/holes.tsv", &(lines.join("\n") + "\n"));
}

#[tokio::test]
async fn without_a_parent_check_or_a_body_guard_each_attack_gets_through() {
    let field = Field::new("holescontrol").await;
    let attacks = attacks::all();
    field.plant(&attacks).await;
    let bare = field.site.with_profile(without_guards).await;
    let client = Client::new(&bare.url).bearer(&field.attacker.access).workspace(&field.site.workspace);
    let mut stopped = Vec::new();
    for (number, attack) in attacks.iter().enumerate().filter(|(_, attack)| attack.open) {
        let answer = attack.send(&client, &field.words(number, "workspace")).await;
        if !(200..300).contains(&answer.status) {
            stopped.push(format!("{}: {} {}", attack.name, answer.status, answer.text));
        }
    }
    assert!(matrix::findings(&bare).await > 0, "the canary sees what the guards would have stopped");
    assert!(stopped.is_empty(), "nothing of ours guards these, and they stop:\n{}", stopped.join("\n"));
}

/// The profile without what the attacks run into.
pub fn without_guards(profile: String) -> String {
    let without = |line: &str| {
        let line = line.replace(", redact = true", "");
        let line = cut(&line, ", parent = {", "}");
        cut(&line, ", body = \"", "\"")
    };
    let (profile, _) = profile.split_once("\n[body]\n").expect("the guards stand last");
    profile.lines().map(without).collect::<Vec<_>>().join("\n")
}

fn cut(line: &str, from: &str, to: &str) -> String {
    let Some((before, rest)) = line.split_once(from) else { return line.to_owned() };
    let (_, after) = rest.split_once(to).expect("it ends");
    format!("{before}{after}")
}

impl Outcome<'_> {
    /// What of it should not have been.
    fn mistakes(&self, field: &Field, number: usize) -> Vec<String> {
        let name = &self.attack.name;
        let mut mistakes = Vec::new();
        let mut note = |what: String| mistakes.push(format!("{name}: {what}"));
        for (way, answer) in &self.guarded {
            if answer.status < 400 || answer.status >= 500 {
                note(format!("{way}: {} {}", answer.status, answer.text));
            }
        }
        if self.changed > 0 {
            note(format!("a refused attempt wrote {} rows", self.changed));
        }
        if self.nobody.status != self.direct.status {
            note(format!("who never was a member got {}, not {}", self.nobody.status, self.direct.status));
        }
        if self.attack.open && self.verdict(&self.direct, field, number, "workspace").is_empty() {
            note(format!("the hole is closed at the CRM: {} {}", self.direct.status, self.direct.text));
        }
        mistakes
    }

    fn line(&self, field: &Field, number: usize) -> String {
        let guarded = self.guarded.iter().map(|(_, answer)| format!("{} {}", answer.status, code(answer)));
        let open = [(&self.direct, "workspace"), (&self.nobody, "nobody")].map(|(answer, who)| {
            let verdict = self.verdict(answer, field, number, who);
            format!("{} {verdict}", answer.status).trim_end().to_owned()
        });
        let cells: Vec<String> = [self.attack.name.clone()].into_iter().chain(guarded).chain(open).collect();
        cells.join("\t")
    }

    /// What an answer without a guard means.
    fn verdict(&self, answer: &Answer, field: &Field, number: usize, who: &str) -> &'static str {
        let row = field.victim_row(number, who);
        let theirs = [row.as_str(), field.other_tenant(who)];
        let tells = theirs.iter().any(|theirs| answer.text.contains(*theirs));
        match (answer.status, self.attack.verb.as_str(), tells) {
            (200..300, "GET", true) => "leaks",
            (200..300, "GET", false) => "",
            (200..300, _, true) if self.wrote => "writes what is theirs",
            (200..300, _, false) if self.wrote && self.attack.target.contains("{victim}") => "writes what is theirs",
            _ => "",
        }
    }
}

fn code(answer: &Answer) -> String {
    let code = answer.code();
    if code.is_empty() { "crm".to_owned() } else { code }
}

#[tokio::test]
async fn a_body_that_says_only_what_is_the_workspaces_own_passes() {
    let site = Site::start("holesown").await;
    let admin = site.agency("admin").await;
    story::add_member(&site.database, &site.workspace, &admin.id, "admin").await;
    site.settle().await;
    let there = Client::new(&site.annex.url).bearer(&admin.access).workspace(&site.workspace);
    let made = there.post("/api/customers", json!({"name": "n", "email": "e@e.test"})).await.expect(201).json();
    let at = format!("/api/customers/{}", made["id"].as_str().expect("an id"));
    // A page that sends back the row that it read.
    let mut whole = there.get(&at).await.expect(200).json();
    whole["city"] = "Oslo".into();
    assert_eq!(whole["tenantId"], site.workspace.as_str(), "{OWN}");
    assert_eq!(there.patch(&at, whole).await.expect(200).json()["city"], "Oslo");
    // Who joined from elsewhere may own, be assigned, and be named beside natives.
    let admin = Strategy::of_this_run().id_in(&site.database, &site.workspace, &admin.id).await;
    for owner in [&admin, &site.owner.id] {
        there.patch(&at, json!({"ownerId": owner})).await.expect(200);
        let task =
            json!({"title": "t", "assignedTo": owner, "assignees": [{"userId": owner}], "customerId": made["id"]});
        there.post("/api/tasks", task).await.expect(201);
    }
    for nothing in [json!({"customerId": null}), json!({"customerId": ""}), json!({})] {
        let mut task = nothing.clone();
        task["title"] = "t".into();
        let answer = there.post("/api/tasks", task).await;
        // The empty text is no id for the CRM either, which is its own to say.
        let passes = answer.status == 201 || (nothing["customerId"] == "" && answer.code().is_empty());
        assert!(passes, "{nothing}: {} {}", answer.status, answer.text);
    }
}
