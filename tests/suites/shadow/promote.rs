//! From shadow to on: what is missing is told, and with nothing missing the tenant is on.

use annex_tests::scene::place;
use serde_json::json;

use super::{put_into_shadow, recorded, report, restrict, scene};
use crate::cli::{fails, says, succeeds};

#[tokio::test]
async fn a_tenant_is_promoted_when_enough_was_decided_and_every_refusal_accepted() {
    let scene = scene().await;
    let ada = scene.agency("ada").await;
    let tenant = ada.tenant.as_str();
    let environment = &scene.annex.environment;
    let promote = async |min: &str| fails(1, &["shadow", "promote", tenant, "--min-decisions", min], environment).await;

    says(&promote("0").await, &["is not in shadow: it is off", "annex flag set shadow --tenant"]);
    succeeds(&["flag", "set", "shadow", "--tenant", tenant], environment).await;
    let said = fails(1, &["shadow", "promote", tenant], environment).await;
    says(&said, &["stays in shadow", "0 decisions are recorded and 100 are wanted"]);
    let nothing = succeeds(&["shadow", "report", "--tenant", tenant], environment).await;
    says(&nothing, &["Nothing was recorded"]);

    restrict(&scene.database, tenant, &ada.id, Some("viewer"), "active").await;
    scene.settle().await;
    let client = scene.client(&ada);
    let contact = || json!({"name": "c", "email": "c@c.test"});
    client.get("/api/customers").await.expect(200);
    client.get("/api/contacts").await.expect(200);
    client.post("/api/contacts", contact()).await.expect(201);
    recorded(environment, tenant, 3).await;
    let refusal = "POST /api/contacts as viewer (set): permission_missing contacts:write, 1×";
    says(&promote("3").await, &["1 refusal that nobody accepted", refusal, "annex shadow accept"]);
    says(&promote("4").await, &["3 decisions are recorded and 4 are wanted", refusal]);
    let text = succeeds(&["shadow", "report", "--tenant", tenant], environment).await;
    says(&text, &["3 decisions", "2 allowed, 1 would be refused, of which 1 are not accepted", "POST /api/contacts"]);

    let accept = |route| ["shadow", "accept", tenant, "--route", route, "--role", "viewer", "--reason", "as agreed"];
    says(&fails(1, &accept("POST /api/customers"), environment).await, &["nothing that would be refused is recorded"]);
    says(&fails(2, &accept("/api/contacts"), environment).await, &["write 'METHOD PATTERN'"]);
    let mut wordless = accept("POST /api/contacts");
    wordless[8] = " ";
    says(&fails(2, &wordless, environment).await, &["say why"]);
    says(&succeeds(&accept("POST /api/contacts"), environment).await, &["Accepted: POST /api/contacts as viewer."]);
    let told = report(environment, tenant).await;
    assert_eq!((&told["open"], &told["refused"]), (&json!(0), &json!(1)));
    assert_eq!(told["refusals"][0]["accepted"]["reason"], json!("as agreed"));

    // One of another kind is not accepted with it; more of the same are.
    client.post("/api/contacts", contact()).await.expect(201);
    client.post("/api/customers", contact()).await.expect(201);
    recorded(environment, tenant, 5).await;
    says(&promote("5").await, &["1 refusal that nobody accepted", "POST /api/customers as viewer"]);
    succeeds(&accept("POST /api/customers"), environment).await;
    let alone = promote("6").await;
    says(&alone, &["5 decisions are recorded and 6 are wanted"]);
    assert!(!alone.contains("nobody accepted"), "{alone}");
    client.post("/api/contacts", contact()).await.expect(201);

    let said = succeeds(&["shadow", "promote", tenant, "--min-decisions", "5"], environment).await;
    says(&said, &["on, after"]);
    scene.settle().await;
    assert_eq!(place(&client.post("/api/contacts", contact()).await), "403 WORKSPACE_PERMISSION_DENIED", "it is on");
    says(&promote("0").await, &["is not in shadow: it is on"]);

    says(&succeeds(&["shadow", "forget", tenant], environment).await, &["forgotten"]);
    assert_eq!(report(environment, tenant).await, json!(null));
    says(&succeeds(&["shadow", "forget", tenant], environment).await, &["nothing was recorded"]);
    let events = "SELECT string_agg(action, ' ' ORDER BY seq) FROM annex.audit_events
                  WHERE tenant_id = $1 AND actor_kind = 'operator'";
    let events: String = scene.database.connect().await.query_one(events, &[&tenant]).await.expect("events").get(0);
    assert_eq!(events, "flag.changed shadow.accepted shadow.accepted flag.changed shadow.forgotten");
}

#[tokio::test]
async fn an_override_that_turns_off_is_not_promoted_over() {
    let scene = scene().await;
    let ada = scene.agency("ada").await;
    put_into_shadow(&scene.database, Some(&ada.tenant)).await;
    let record = "SELECT annex.record_override('multi_workspace_enabled', $1, 'off', 'a node')";
    scene.database.connect().await.execute(record, &[&ada.tenant]).await.expect("an override");
    let promote = ["shadow", "promote", &ada.tenant, "--min-decisions", "0"];
    says(&fails(1, &promote, &scene.annex.environment).await, &["is not in shadow: it is off (override in Redis)"]);
}
