//! A workspace that a person makes: a tenant of the CRM, whole or not at all.

use annex_tests::sidecar::Options;
use serde_json::{Value, json};

use super::World;

#[tokio::test]
async fn a_new_workspace_is_a_tenant_that_the_crm_serves_and_its_creator_administers() {
    let world = World::start("create").await;
    let (admin, person) = (world.platform_admin().await, world.register("maker").await);
    world.enable(&admin, &person.tenant).await;
    let body = json!({
        "name": "  Büro Süd  ", "businessType": "Design", "defaultCurrency": "EUR", "timeZone": "Europe/Berlin", "logo": null,
    });
    let answer = world.of(&person).post("/api/workspaces", body).await.expect(201);
    let made = answer.json();
    let id = made["id"].as_str().expect("an id").to_owned();
    assert_eq!(answer.header("location"), Some(format!("/api/workspaces/{id}").as_str()));
    let said = json!([made["name"], made["businessType"], made["defaultCurrency"], made["timeZone"], made["role"]]);
    assert_eq!(said, json!(["Büro Süd", "Design", "EUR", "Europe/Berlin", "admin"]));
    assert_eq!((&made["packageId"], &made["deletedAt"]), (&Value::Null, &Value::Null));
    assert_eq!(made["sponsorWorkspaceId"], json!(person.tenant));

    // At once on this node, through the CRM's own endpoints.
    let there = world.of(&person).workspace(&id);
    assert_eq!(there.get("/api/customers").await.expect(200).json(), json!([]));
    let customer =
        there.post("/api/customers", json!({"name": "First", "email": "first@example.test"})).await.expect(201);
    assert_eq!(customer.json()["tenantId"], json!(id));
    assert_eq!(world.of(&person).get("/api/customers").await.expect(200).json(), json!([]), "home stays as it was");
    let profile = there.get("/api/company-profile").await.expect(200).json();
    assert_eq!((&profile["companyName"], &profile["currency"]), (&json!("Büro Süd"), &json!("EUR")));
    let modules = there.get("/api/tenant/modules").await.expect(200).json();
    let at_home = world.of(&person).get("/api/tenant/modules").await.expect(200).json();
    assert_eq!(modules.as_array().map(Vec::len), at_home.as_array().map(Vec::len), "as a registration leaves a tenant");
    let users = world.count(&format!("SELECT count(*) FROM users WHERE tenant_id = '{id}'")).await;
    assert_eq!(users, 0, "a made tenant has no users of its own");

    let list = world.of(&person).get("/api/workspaces").await.expect(200).json();
    let seats = list["workspaces"].as_array().expect("a list");
    assert_eq!(seats.len(), 2, "{list}");
    let home = &seats[0];
    assert_eq!((&home["id"], &home["isPrimary"], &home["role"]), (&json!("primary"), &json!(true), &json!("admin")));
    assert_eq!((&home["workspaceId"], &home["roleName"]), (&json!(person.tenant), &json!("Admin")));
    let seat = &seats[1];
    assert_eq!((&seat["workspaceId"], &seat["workspace"]["name"]), (&json!(id), &json!("Büro Süd")));
    assert_eq!(
        (&seat["isPrimary"], &seat["role"], &seat["userId"]),
        (&json!(false), &json!("admin"), &json!(person.id))
    );
    assert_eq!(seat["can"]["leave"], json!(false), "the owner does not leave");
    assert_eq!(list["activeWorkspaceId"], json!(person.tenant));

    let expected = [("workspace.created".to_owned(), "user".to_owned())];
    assert_eq!(world.audit(&id).await, expected);
    let row = "SELECT count(*) FROM annex.audit_events WHERE action = 'workspace.created' AND request_id IS NOT NULL
               AND ip = '127.0.0.1' AND actor_id IS NOT NULL";
    assert_eq!(world.count(row).await, 1, "an event says who, from where, in which request");
    let flags = world.count(&format!("SELECT count(*) FROM annex.feature_flags WHERE tenant_id = '{id}'")).await;
    assert_eq!(flags, 0, "a made workspace follows its sponsor");

    // What grew from a home goes off with it, at once.
    world.disable(&admin, &person.tenant).await;
    let off = world.of(&person).get("/api/workspaces").await.expect(403);
    assert_eq!(off.code(), "MULTI_WORKSPACE_DISABLED");
}

#[tokio::test]
async fn a_statement_that_fails_leaves_nothing_of_a_workspace() {
    let world = World::start("atomic").await;
    let (admin, person) = (world.platform_admin().await, world.register("maker").await);
    world.enable(&admin, &person.tenant).await;
    let everything =
        "SELECT (SELECT count(*) FROM tenants) + (SELECT count(*) FROM roles) + (SELECT count(*) FROM tenant_modules)
        + (SELECT count(*) FROM company_profiles) + (SELECT count(*) FROM annex.workspaces)
        + (SELECT count(*) FROM annex.workspace_users) + (SELECT count(*) FROM annex.workspace_roles)
        + (SELECT count(*) FROM annex.audit_events)";
    let before = world.count(everything).await;
    let superuser = world.database.connect().await;
    // The last statement of the CRM's part, then the last of ours.
    for (break_it, mend_it) in [
        (
            "REVOKE INSERT ON public.company_profiles FROM annex_app",
            "GRANT INSERT ON public.company_profiles TO annex_app",
        ),
        (
            "ALTER TABLE annex.audit_events ADD CONSTRAINT broken CHECK (action <> 'workspace.created') NOT VALID",
            "ALTER TABLE annex.audit_events DROP CONSTRAINT broken",
        ),
    ] {
        superuser.batch_execute(break_it).await.expect("the superuser breaks it");
        let answer = world.of(&person).post("/api/workspaces", json!({"name": "Half"})).await;
        assert!([500, 503].contains(&answer.status), "{break_it}: {}", answer.text);
        assert!(!answer.text.contains("company_profiles") && !answer.text.contains("constraint"), "{}", answer.text);
        assert_eq!(world.count(everything).await, before, "{break_it}: something was left");
        superuser.batch_execute(mend_it).await.expect("the superuser mends it");
    }
    world.of(&person).post("/api/workspaces", json!({"name": "Whole"})).await.expect(201);
}

#[tokio::test]
async fn nobody_makes_more_than_the_limit_however_quick_they_are() {
    let limit = |options: Options| options.with("ANNEX_LIMITS_WORKSPACES_PER_PERSON", "10");
    let world = World::start_with("limit", None, limit).await;
    let (admin, person) = (world.platform_admin().await, world.register("maker").await);
    world.enable(&admin, &person.tenant).await;
    let client = world.of(&person);
    let tasks: Vec<_> = (0..14)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(
                async move { client.post("/api/workspaces", json!({"name": format!("Number {number}")})).await },
            )
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        let answer = task.await.expect("an answer");
        match answer.status {
            201 => made += 1,
            429 => {
                assert_eq!(answer.code(), "RATE_LIMITED");
                assert!(answer.header("retry-after").is_some());
                assert!(answer.json()["retryAfter"].is_number());
            }
            // Waiting for the others may take longer than a statement may.
            503 => {}
            _ => panic!("{} {}", answer.status, answer.text),
        }
    }
    let mine = format!("SELECT count(*) FROM annex.workspaces WHERE created_by = '{}'", person.id);
    assert!(made <= 10 && world.count(&mine).await == made, "{made} were made");
    for number in made..10 {
        client.post("/api/workspaces", json!({"name": format!("Later {number}")})).await.expect(201);
    }
    client.post("/api/workspaces", json!({"name": "One more"})).await.expect(429);
    assert_eq!(world.count(&mine).await, 10);
}

#[tokio::test]
async fn a_name_is_one_visible_line_and_every_mistake_is_told() {
    let world = World::start("names").await;
    let (admin, person) = (world.platform_admin().await, world.register("maker").await);
    world.enable(&admin, &person.tenant).await;
    for (body, mistakes) in [
        (json!({}), json!([["name", "required"]])),
        (json!({"name": " "}), json!([["name", "too_short"]])),
        (json!({"name": "x".repeat(61)}), json!([["name", "too_long"]])),
        (json!({"name": "a\r\nBcc: b"}), json!([["name", "control_character"]])),
        (json!({"name": "see https://evil.example"}), json!([["name", "web_address"]])),
        (json!({"name": "Admin"}), json!([["name", "reserved"]])),
        (json!({"name": 7}), json!([["name", "invalid_type"]])),
        (json!({"name": "Fine", "tenantId": "x"}), json!([["tenantId", "unknown_field"]])),
        (
            json!({"name": "", "defaultCurrency": "euro", "timeZone": "Mars/Olympus", "logo": "data:,", "extra": 1}),
            json!([
                ["name", "too_short"],
                ["defaultCurrency", "not_a_currency"],
                ["timeZone", "unknown_time_zone"],
                ["logo", "not_a_data_url"],
                ["extra", "unknown_field"],
            ]),
        ),
    ] {
        let answer = world.of(&person).post("/api/workspaces", body.clone()).await.expect(400);
        assert_eq!(answer.code(), "VALIDATION_FAILED");
        let errors = answer.json()["errors"].as_array().expect("errors").clone();
        let told: Vec<Value> = errors.iter().map(|error| json!([error["path"], error["code"]])).collect();
        assert_eq!(json!(told), mistakes, "{body}");
    }
    assert_eq!(world.count("SELECT count(*) FROM annex.workspaces WHERE created_by IS NOT NULL").await, 0);
}

#[tokio::test]
async fn a_person_who_was_dismissed_in_the_crm_makes_nothing() {
    let world = World::start("dismissed").await;
    let (admin, person) = (world.platform_admin().await, world.register("maker").await);
    world.enable(&admin, &person.tenant).await;
    let superuser = world.database.connect().await;
    for (change, mend) in [
        ("UPDATE users SET is_active = false WHERE id = $1", "UPDATE users SET is_active = true WHERE id = $1"),
        (
            "UPDATE users SET user_type = 'customer' WHERE id = $1",
            "UPDATE users SET user_type = 'agency_admin' WHERE id = $1",
        ),
    ] {
        superuser.execute(change, &[&person.id]).await.expect("the CRM's row");
        let answer = world.of(&person).post("/api/workspaces", json!({"name": "Ghost"})).await.expect(403);
        assert_eq!(answer.code(), "WORKSPACE_ACCESS_DENIED", "{change}");
        superuser.execute(mend, &[&person.id]).await.expect("the CRM's row");
    }
    world.of(&person).post("/api/workspaces", json!({"name": "Alive"})).await.expect(201);
}
