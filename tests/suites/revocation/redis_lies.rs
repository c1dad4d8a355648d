//! Redis lost, slow, flushed, restarted empty, or written by somebody else: no allow that PostgreSQL would not give.

use std::collections::HashMap;

use annex_tests::folder::Folder;
use annex_tests::http::eventually;
use annex_tests::http::json::Client;
use annex_tests::scene::{Nodes, place};
use annex_tests::sidecar::{Annex, Options, migrate};
use annex_tests::story::{self, FlagScope};
use annex_tests::tree;
use redis::AsyncCommands;

use super::{DEADLINE, DENIED, Member, REMOVE};

fn key(issuer: &str, workspace: &str, user: &str) -> String {
    format!("annex:membership:{issuer}:{workspace}:{user}")
}

async fn read(all: &Nodes, key: &str) -> HashMap<String, String> {
    all.redis.connect().await.hgetall(key).await.expect("Redis answers")
}

async fn write(all: &Nodes, key: &str, entry: &HashMap<String, String>) {
    let fields: Vec<(&String, &String)> = entry.iter().collect();
    let _: () = all.redis.connect().await.hset_multiple(key, &fields).await.expect("Redis takes it");
}

#[tokio::test]
async fn a_revocation_holds_while_redis_is_killed_paused_flushed_or_empty() {
    let mut all = Nodes::start("redisgone", 2, |options| options).await;
    let (killed, paused, flushed) = (Member::new(&all).await, Member::new(&all).await, Member::new(&all).await);
    let stays = Member::new(&all).await;
    for member in [&killed, &paused, &flushed, &stays] {
        member.warm(&all).await;
    }
    let revoke = flushed.sql(&all, REMOVE);
    revoke.await;
    redis::cmd("FLUSHALL").exec_async(&mut all.redis.connect().await).await.expect("flushed");
    flushed.becomes(&all, DENIED, "flushed").await;

    all.redis.pause();
    paused.sql(&all, REMOVE).await;
    let took = paused.becomes(&all, DENIED, "paused").await;
    println!("with a silent Redis a revocation was in force on two nodes after {took:?}");
    stays.warm(&all).await;
    all.redis.resume();
    paused.becomes(&all, DENIED, "resumed").await;

    all.redis.stop().await;
    killed.sql(&all, REMOVE).await;
    killed.becomes(&all, DENIED, "killed").await;
    stays.warm(&all).await;
    all.redis.restart().await;
    let late = Annex::start(all.options()).await;
    all.nodes.push(late);
    for (name, member) in [("killed", &killed), ("paused", &paused), ("flushed", &flushed)] {
        member.becomes(&all, DENIED, &format!("{name}, with an empty Redis and a new node")).await;
    }
    stays.warm(&all).await;
}

/// Where an entry counts, not how fast it comes: whoever gives up on Redis asks PostgreSQL.
fn by_redis(options: Options) -> Options {
    options.with("ANNEX_REDIS_TIMEOUT_MS", "10000")
}

/// Until a node is connected to Redis: before, it asks PostgreSQL.
async fn linked(node: &Annex) {
    let admin = Client::new(&node.admin_url);
    let linked = || async { admin.get("/readyz").await.json()["degraded"] == serde_json::json!([]) };
    eventually(DEADLINE, "it is connected to Redis", linked).await;
}

#[tokio::test]
async fn what_somebody_else_wrote_into_redis_is_no_entry() {
    let mut all = Nodes::start("poison", 1, by_redis).await;
    let member = Member::new(&all).await;
    member.warm(&all).await;
    let workspace = member.workspace.clone();
    let genuine_key = key("nexus", &workspace, &member.person.id);
    let known = || async { read(&all, &genuine_key).await.contains_key("mac") };
    eventually(DEADLINE, "the allow is in Redis", known).await;
    let genuine = read(&all, &genuine_key).await;
    assert!(genuine.contains_key("mac") && genuine.contains_key("epoch"), "the allow is in Redis: {genuine:?}");

    // The control: a node that never asked PostgreSQL believes the genuine entry.
    let late = Annex::start(by_redis(all.options())).await;
    linked(&late).await;
    all.nodes.push(late);
    member.warm(&all).await;
    let metrics = member.at(&all, 1).at(&all.nodes[1].admin_url).get("/metrics").await.expect(200).text;
    assert!(
        metrics.contains(r#"annex_membership_lookups_total{tier="redis"} 1"#),
        "the entry was not read:\n{metrics}"
    );

    // Strangers who never asked before, each with an entry that somebody wrote for them.
    let second = Member::new(&all).await;
    second.warm(&all).await;
    let elsewhere = read(&all, &key("nexus", &second.workspace, &second.person.id)).await;
    let with = |field: &str, value: &str| {
        let mut forged = genuine.clone();
        forged.insert(field.to_owned(), value.to_owned());
        forged
    };
    let without_mac = genuine.iter().filter(|(name, _)| *name != "mac").map(|(a, b)| (a.clone(), b.clone())).collect();
    for (what, entry) in [
        ("another user's entry, copied", genuine.clone()),
        ("with any MAC", with("mac", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")),
        ("with an empty MAC", with("mac", "")),
        ("without a MAC", without_mac),
        ("with a role of more rights", with("role", &genuine["role"].replace("manager", "admin"))),
        ("of another workspace", {
            let mut moved = elsewhere.clone();
            moved.insert("epoch".to_owned(), genuine["epoch"].clone());
            moved
        }),
        ("of no sense", with("role", "{")),
    ] {
        let stranger = Member { person: all.agency("stranger").await, workspace: workspace.clone() };
        write(&all, &key("nexus", &workspace, &stranger.person.id), &entry).await;
        assert_eq!(stranger.places(&all).await, [DENIED, DENIED], "{what}");
    }
    let stranger = Member { person: all.agency("stranger").await, workspace: workspace.clone() };
    let text = redis::cmd("SET").arg(key("nexus", &workspace, &stranger.person.id)).arg("admin").to_owned();
    text.exec_async(&mut all.redis.connect().await).await.expect("Redis takes it");
    assert_eq!(stranger.places(&all).await, [DENIED, DENIED], "an entry of another type");

    // An old entry, kept and written back after the revoke; also with the epoch of now.
    member.sql(&all, REMOVE).await;
    member.becomes(&all, DENIED, "removed").await;
    let row = all.database.connect().await;
    let epoch = "SELECT epoch FROM annex.workspaces WHERE tenant_id = $1";
    let now: i64 = row.query_one(epoch, &[&workspace]).await.expect("an epoch").get(0);
    for entry in [genuine.clone(), with("epoch", &now.to_string()), with("epoch", &(now + 1000).to_string())] {
        write(&all, &genuine_key, &entry).await;
        let late = Annex::start(all.options()).await;
        all.nodes.push(late);
        for place in member.places(&all).await {
            assert_eq!(place, DENIED, "an old entry written back: {entry:?}");
        }
        drop(all.nodes.pop());
    }
    // A demoted member's old entry gives no old rights.
    second.sql(&all, "UPDATE workspace_users SET role_id = (SELECT id FROM workspace_roles WHERE tenant_id = '$W' AND key = 'viewer') WHERE user_id = '$U'").await;
    all.settle().await;
    write(&all, &key("nexus", &second.workspace, &second.person.id), &elsewhere).await;
    let contact = serde_json::json!({"name": "c", "email": "c@c.test"});
    for index in 0..all.nodes.len() {
        let refused = second.at(&all, index).post("/api/contacts", contact.clone()).await;
        assert_eq!(place(&refused), "403 WORKSPACE_PERMISSION_DENIED", "node {index}");
    }
}

/// The options of a node on `database`, with the shipped profile under another issuer's name.
fn of_issuer(all: &Nodes, database: &annex_tests::postgres::Database, folder: &Folder, issuer: &str) -> Options {
    let shipped = std::fs::read_to_string(tree::root().join("config/crm/nexus.toml")).expect("the shipped profile");
    let renamed = shipped.replace(r#"issuer = "nexus""#, &format!(r#"issuer = "{issuer}""#));
    let profile = folder.write(&format!("{issuer}.toml"), renamed);
    let options = Options::new(&all.upstream.crm, database, Some(&all.redis)).patient();
    by_redis(options).with("ANNEX_CRM_PROFILE", profile.display().to_string())
}

#[tokio::test]
async fn two_issuers_with_the_same_user_id_do_not_meet() {
    let all = Nodes::start("issuers", 1, by_redis).await;
    let member = Member::new(&all).await;
    let (workspace, user) = (member.workspace.clone(), member.person.id.clone());
    // Another CRM's Annex: the same ids mean other people there, and this one is no member.
    let theirs = annex_tests::postgres::Cluster::shared().crm_database("otherissuer").await;
    let folder = Folder::new("issuers");
    migrate(&of_issuer(&all, &theirs, &folder, "other")).await;
    let same_epoch = format!("UPDATE annex.workspaces SET epoch = 9000000000000000 WHERE tenant_id = '{workspace}'");
    annex_tests::scene::copies(&member.person, &all.upstream.database, &theirs).await;
    let superuser = theirs.connect().await;
    superuser.execute("SELECT annex.ensure_workspace($1)", &[&workspace]).await.expect("a workspace");
    superuser.batch_execute(&same_epoch).await.expect("an epoch");
    story::set_flag(&theirs, FlagScope::Tenant(&workspace), true).await;
    all.database.connect().await.batch_execute(&same_epoch).await.expect("the same epoch");
    all.settle().await;
    member.warm(&all).await;
    let known = || async { read(&all, &key("nexus", &workspace, &user)).await.contains_key("epoch") };
    eventually(DEADLINE, "the allow is in Redis", known).await;
    let entry = read(&all, &key("nexus", &workspace, &user)).await;
    assert_eq!(entry["epoch"], "9000000000000000");
    write(&all, &key("other", &workspace, &user), &entry).await;

    let other = Annex::start(of_issuer(&all, &theirs, &folder, "other")).await;
    let there = member.at(&all, 0).at(&other.url);
    assert_eq!(place(&there.get("/api/customers").await), DENIED, "the other issuer's allow was believed");
    // The control: it is the issuer alone that keeps them apart here.
    let twin = Annex::start(of_issuer(&all, &theirs, &folder, "nexus")).await;
    linked(&twin).await;
    let believed = member.at(&all, 0).at(&twin.url);
    let served = || async { place(&believed.get("/api/customers").await) == workspace };
    eventually(DEADLINE, "the control believes the entry", served).await;
}
