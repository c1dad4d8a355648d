//! The platform's administrators: flags, rollout, and what each change leaves behind.

use annex_tests::redis;
use annex_tests::story::{self, Person};
use serde_json::{Value, json};

use super::World;

const FLAGS: &str = "/api/admin/feature-flags";

async fn has_feature(world: &World, person: &Person) -> bool {
    world.of(person).get("/api/features").await.expect(200).json()["multi_workspace_enabled"] == true
}

#[tokio::test]
async fn a_tenants_write_never_touches_the_row_for_everybody() {
    let world = World::start("flagrows").await;
    let (admin, person) = (world.platform_admin().await, world.register("person").await);
    let global = "SELECT md5(f::text)::text FROM annex.feature_flags f WHERE tenant_id IS NULL";
    let client = world.database.connect().await;
    let read = async || -> String { client.query_one(global, &[]).await.expect("the row for everybody").get(0) };
    let before = read().await;
    let body = |enabled: bool| json!({"key": "multi_workspace_enabled", "enabled": enabled, "tenantId": person.tenant, "description": "Pilot"});
    let on = world.of(&admin).post(FLAGS, body(true)).await.expect(200).json();
    let shape = json!([on["key"], on["tenantId"], on["enabled"], on["description"], on["effective"], on["source"]]);
    assert_eq!(shape, json!(["multi_workspace_enabled", person.tenant, true, "Pilot", true, "tenant_row"]));
    world.of(&admin).post(FLAGS, body(false)).await.expect(200);
    let flipped = world.enable(&admin, &person.tenant).await;
    assert!(flipped["message"].is_string() && flipped["flag"]["enabled"] == true, "{flipped}");
    assert_eq!(flipped["flag"]["description"], "Pilot", "a description that is left out stays");
    world.disable(&admin, &person.tenant).await;
    assert_eq!(read().await, before, "the row for everybody changed");
    assert_eq!(world.count("SELECT count(*) FROM annex.feature_flags").await, 2);

    let changed = ("flag.changed".to_owned(), "saas_admin".to_owned());
    assert_eq!(world.audit(&person.tenant).await, vec![changed.clone(); 4], "one event per change");
    let whole = json!({"key": "multi_workspace_enabled", "enabled": true});
    world.of(&admin).post(FLAGS, whole).await.expect(200);
    assert_eq!(world.audit("").await, [changed], "the platform's own chain");
    assert!(!has_feature(&world, &person).await, "a tenant's value wins over the global one");
}

#[tokio::test]
async fn a_flip_is_in_force_when_its_answer_is_out() {
    let world = World::start("flips").await;
    let (admin, person) = (world.platform_admin().await, world.register("person").await);
    for round in 0..15 {
        world.enable(&admin, &person.tenant).await;
        assert!(has_feature(&world, &person).await, "round {round}: still off");
        world.of(&person).get("/api/workspaces").await.expect(200);
        world.disable(&admin, &person.tenant).await;
        assert!(!has_feature(&world, &person).await, "round {round}: still on");
        world.of(&person).get("/api/workspaces").await.expect(403);
    }
}

#[tokio::test]
async fn a_claim_without_its_row_opens_nothing() {
    let world = World::start("rowless").await;
    let admin = world.platform_admin().await;
    let superuser = world.database.connect().await;
    world.of(&admin).get(FLAGS).await.expect(200);
    for change in
        ["UPDATE users SET is_active = false WHERE id = $1", "UPDATE users SET user_type = 'team_member' WHERE id = $1"]
    {
        superuser.execute(change, &[&admin.id]).await.expect("the CRM's row");
        let refused = world.of(&admin).get(FLAGS).await.expect(403);
        assert_eq!(refused.code(), "SAAS_ADMIN_REQUIRED", "{change}");
    }
    let person = world.register("person").await;
    let mut claims = story::claims(&person, "saas_admin", true);
    claims["userId"] = json!("nobody");
    let nobody = world.client().bearer(&story::sign(&claims, &world.crm.jwt_secret));
    nobody.get(FLAGS).await.expect(403);
    assert_eq!(world.count("SELECT count(*) FROM annex.audit_events").await, 0);
}

#[tokio::test]
async fn a_write_is_refused_whole() {
    let world = World::start("flagmistakes").await;
    let admin = world.platform_admin().await;
    for (body, status, mistakes) in [
        (json!({"key": "other", "enabled": true}), 400, json!([["key", "unknown_flag"]])),
        (json!({"key": "multi_workspace_enabled"}), 400, json!([["enabled", "required"]])),
        (json!({"key": "multi_workspace_enabled", "enabled": "yes"}), 400, json!([["enabled", "invalid_type"]])),
        (
            json!({"key": "multi_workspace_enabled", "enabled": true, "tenantId": "*"}),
            400,
            json!([["tenantId", "not_an_id"]]),
        ),
        (
            json!({"key": "multi_workspace_enabled", "enabled": true, "tenantId": ""}),
            400,
            json!([["tenantId", "not_an_id"]]),
        ),
        (json!({"key": "multi_workspace_enabled", "enabled": true, "all": 1}), 400, json!([["all", "unknown_field"]])),
        (json!({"key": "multi_workspace_enabled", "enabled": true, "tenantId": "no-such-tenant"}), 404, json!([])),
    ] {
        let answer = world.of(&admin).post(FLAGS, body.clone()).await.expect(status);
        let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
        let told: Vec<Value> = errors.iter().map(|error| json!([error["path"], error["code"]])).collect();
        assert_eq!(json!(told), mistakes, "{body}");
    }
    assert_eq!(world.count("SELECT count(*) FROM annex.feature_flags").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM annex.audit_events").await, 0);
}

#[tokio::test]
async fn the_list_tells_sources_and_pages() {
    let world = World::start("flaglist").await;
    let admin = world.platform_admin().await;
    let mut people = Vec::new();
    for name in ["one", "two", "three"] {
        let person = world.register(name).await;
        world.enable(&admin, &person.tenant).await;
        people.push(person);
    }
    let mut seen: Vec<Value> = Vec::new();
    let mut path = format!("{FLAGS}?limit=2");
    for _ in 0..2 {
        let answer = world.of(&admin).get(&path).await.expect(200);
        let page = answer.json();
        seen.extend(page.as_array().expect("a bare array").iter().cloned());
        let Some(link) = answer.header("link") else { break };
        path = link.trim_start_matches('<').split('>').next().expect("a link").to_owned();
        assert!(link.ends_with("rel=\"next\""), "{link}");
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert_eq!(
        (&seen[0]["tenantId"], &seen[0]["enabled"], &seen[0]["source"]),
        (&Value::Null, &Value::Null, &json!("environment"))
    );
    assert!(seen[1..].iter().all(|flag| flag["effective"] == true && flag["source"] == "tenant_row"), "{seen:?}");
    for bad in ["limit=0", "limit=101", "cursor=forged"] {
        world.of(&admin).get(&format!("{FLAGS}?{bad}")).await.expect(400);
    }
}

#[tokio::test]
async fn a_write_beats_what_stands_in_redis_and_takes_it_out() {
    let redis = redis::Server::start().await;
    let world = World::start_with("flagredis", Some(&redis), |options| options).await;
    let (admin, person) = (world.platform_admin().await, world.register("person").await);
    let mut connection = redis.connect().await;
    let key = "annex:flags:multi_workspace_enabled";
    let (): () = ::redis::cmd("HSET")
        .arg(key)
        .arg(&person.tenant)
        .arg("on")
        .query_async(&mut connection)
        .await
        .expect("an override");
    annex_tests::http::eventually_some(std::time::Duration::from_secs(60), "the override counts", || async {
        if has_feature(&world, &person).await { Ok(()) } else { Err("off") }
    })
    .await;
    let list = world.of(&admin).get(FLAGS).await.expect(200).json();
    let over = &list.as_array().expect("flags")[1];
    assert_eq!(
        (&over["source"], &over["override"]["value"], &over["override"]["active"]),
        (&json!("override"), &json!(true), &json!(true))
    );

    world.disable(&admin, &person.tenant).await;
    assert!(!has_feature(&world, &person).await, "the later write wins, at once");
    annex_tests::http::eventually_some(std::time::Duration::from_secs(60), "the beaten field is gone", || async {
        let mut connection = connection.clone();
        let field: Option<String> =
            ::redis::cmd("HGET").arg(key).arg(&person.tenant).query_async(&mut connection).await.expect("Redis");
        match field {
            None => Ok(()),
            Some(value) => Err(value),
        }
    })
    .await;
    assert!(!has_feature(&world, &person).await);
}

#[tokio::test]
async fn a_rollout_narrows_the_global_value_and_each_change_is_an_event() {
    let world = World::start("rollout").await;
    let (admin, person) = (world.platform_admin().await, world.register("person").await);
    let path = "/api/admin/rollout";
    let read = world.of(&admin).get(path).await.expect(200).json();
    assert_eq!((&read["percentage"], &read["deny"], &read["mode"]), (&json!(100), &json!([]), &Value::Null));

    world.of(&admin).post(path, json!({"mode": "enforce"})).await.expect(200);
    assert!(has_feature(&world, &person).await, "everybody");
    world.of(&admin).post(path, json!({"deny": [person.tenant]})).await.expect(200);
    assert!(!has_feature(&world, &person).await, "denied");
    world.of(&admin).post(path, json!({"deny": [], "percentage": 0})).await.expect(200);
    assert!(!has_feature(&world, &person).await, "nobody");
    let written = world.of(&admin).post(path, json!({"percentage": 100, "mode": "off"})).await.expect(200).json();
    assert_eq!((&written["percentage"], &written["mode"]), (&json!(100), &json!("off")));
    assert!(!has_feature(&world, &person).await, "off");
    let actions: Vec<String> = world.audit("").await.into_iter().map(|(action, _)| action).collect();
    let expected =
        ["flag.changed", "flag.rollout_changed", "flag.rollout_changed", "flag.changed", "flag.rollout_changed"];
    assert_eq!(actions, expected);
    for bad in [json!({"percentage": 101}), json!({"mode": "maybe"}), json!({"deny": "x"}), json!({"other": 1})] {
        world.of(&admin).post(path, bad).await.expect(400);
    }
    assert_eq!(world.count("SELECT count(*) FROM annex.verify_audit_chain()").await, 0, "the chain is whole");
}
