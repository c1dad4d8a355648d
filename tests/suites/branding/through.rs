//! Where the CRM shows a look: its own documents and mails, nobody else's, and not for longer than Annex is there.

use annex_tests::scene::Scene;
use annex_tests::sidecar::annex;
use annex_tests::story::Person;
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};

use super::{encoded, get, picture, scene, scene_with, send_logo};
use crate::cli::{fails, says, succeeds};

async fn profile(scene: &Scene, person: &Person, values: Value) {
    let own = scene.client(person).at(&scene.crm.url);
    assert!(own.put("/api/company-profile", values).await.status < 300);
}

/// A sum over whole rows.
async fn sum(scene: &Scene, what: &str, tenant: &str) -> Option<String> {
    let sql = format!("SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {what} t WHERE t.tenant_id <> $1");
    scene.database.connect().await.query_one(&sql, &[&tenant]).await.expect("a sum").get(0)
}

#[tokio::test]
async fn what_goes_live_reaches_no_other_tenant() {
    let (scene, owner, path) = scene("others").await;
    let other = scene.agency("other").await;
    scene.flag(&other.tenant, true).await;
    scene.settle().await;
    for person in [&owner, &other] {
        profile(&scene, person, json!({"companyName": person.tenant, "invoiceNotes": "theirs"})).await;
    }
    let tables = ["company_profiles", "annex.branding", "annex.assets", "annex.onboarding"];
    let others = async || {
        let mut sums = Vec::new();
        for table in tables {
            sums.push(sum(&scene, table, &owner.tenant).await);
        }
        sums
    };
    let before = others().await;
    assert!(before[0].is_some(), "there is another profile");
    let client = scene.client(&owner);
    client.put(&path, json!({"pdfFooter": "ours", "primaryColor": "#123456"})).await.expect(200);
    let png = encoded(&picture(64, 64, 1), ImageFormat::Png);
    assert_eq!(send_logo(&scene, &owner, "image/png", &png).await.status, 200);
    assert_eq!(others().await, before, "a live look reached another tenant");
    client.put(&format!("{path}?state=draft"), json!({"pdfFooter": "drafted"})).await.expect(200);
    client.send(Method::POST, &format!("{path}/publish"), None).await.expect(200);
    client.delete(&path).await.expect(200);
    assert_eq!(others().await, before, "taking a look away reached another tenant");
}

#[tokio::test]
async fn what_the_crm_sends_to_a_customer_shows_it() {
    let (scene, owner, path) =
        scene_with("customer", |options| options.with("ANNEX_PUBLIC_URL", "https://crm.example")).await;
    profile(&scene, &owner, json!({"companyName": "Cedar", "logoUrl": "https://old.example/logo.png"})).await;
    let client = scene.client(&owner);
    let customer = json!({"name": "First", "email": "first@example.test"});
    let customer = client.post("/api/customers", customer).await.expect(201).json()["id"].clone();
    let proposal = json!({"customerId": customer, "title": "Offer", "sections": [], "pricingItems": []});
    let proposal = client.post("/api/proposals", proposal).await.expect(201).json()["id"].clone();
    let sent = format!("/api/proposals/{}/send", proposal.as_str().expect("an id"));
    let token = client.post(&sent, json!({})).await.json()["accessToken"].clone();
    let page = format!("/api/public/proposal/{}", token.as_str().expect("a token"));
    let shown = async || {
        let stranger = annex_tests::http::json::Client::new(&scene.annex.url);
        stranger.get(&page).await.expect(200).json()["company"]["logoUrl"].clone()
    };
    assert_eq!(shown().await, json!("https://old.example/logo.png"));

    let png = encoded(&picture(64, 64, 1), ImageFormat::Png);
    let answer = send_logo(&scene, &owner, "image/png", &png).await.json();
    let url = format!("https://crm.example{}", answer["logo"]["url"].as_str().expect("a path"));
    assert_eq!(shown().await, json!(url), "whoever reads it is on none of our pages");
    assert_eq!(get(&scene, answer["logo"]["url"].as_str().expect("a path"), "").await.status, 200);
    client.put(&path, json!({"pdfFooter": "Cedar, {{user.email}} & <b>sons</b>"})).await.expect(200);
    let mail = json!({"content": "{{company.logoUrl}} {{company.invoiceNotes}}", "customerId": customer});
    let mail = client.post("/api/email/process-merge-fields", mail).await.expect(200).json();
    // Words are text: what looks like markup or like a field is what it looks like.
    assert_eq!(mail["content"], json!(format!("{url} Cedar, {{{{user.email}}}} & <b>sons</b>")));
    client.delete(&path).await.expect(200);
    assert_eq!(shown().await, json!("https://old.example/logo.png"));
}

#[tokio::test]
async fn what_the_crm_refuses_keeps_nobody_from_a_look() {
    let (scene, owner, path) = scene("refuses").await;
    profile(&scene, &owner, json!({"companyName": "Cedar", "invoiceNotes": "old"})).await;
    let rule = "ALTER TABLE public.company_profiles ADD CONSTRAINT short CHECK (length(invoice_notes) < 10)";
    scene.database.connect().await.batch_execute(rule).await.expect("a rule of the CRM's owner");
    let client = scene.client(&owner);
    let kept = client.put(&path, json!({"pdfFooter": "longer than the rule"})).await.expect(200).json();
    assert_eq!((&kept["live"]["pdfFooter"], &kept["crm"]["shows"]), (&json!("longer than the rule"), &json!([])));
    let profile = scene.client(&owner).at(&scene.crm.url).get("/api/company-profile").await.expect(200).json();
    assert_eq!(profile["invoiceNotes"], json!("old"));
    let short = client.put(&path, json!({"pdfFooter": "short"})).await.expect(200).json();
    assert_eq!(short["crm"]["shows"], json!(["pdfFooter"]));
}

#[tokio::test]
async fn uninstalling_gives_every_crm_profile_back_and_only_then_the_schema_goes() {
    let (scene, owner, path) = scene("leave").await;
    profile(
        &scene,
        &owner,
        json!({"companyName": "Cedar", "logoUrl": "https://old.example/l.png", "invoiceNotes": "old"}),
    )
    .await;
    let rows = async || {
        let sql = "SELECT md5(string_agg(t::text, '|' ORDER BY t.id)) FROM company_profiles t";
        scene.database.connect().await.query_one(sql, &[]).await.expect("a sum").get::<_, Option<String>>(0)
    };
    let before = rows().await;
    scene.client(&owner).put(&path, json!({"pdfFooter": "new"})).await.expect(200);
    let png = encoded(&picture(64, 64, 1), ImageFormat::Png);
    assert_eq!(send_logo(&scene, &owner, "image/png", &png).await.status, 200);
    assert_ne!(rows().await, before);

    let everywhere = &scene.annex.environment;
    let refused = fails(1, &["migrate", "down", "--yes"], everywhere).await;
    says(&refused, &["the branding of 1 workspaces stands in the tables of the CRM", "annex uninstall"]);
    let planned = succeeds(&["uninstall", "--dry-run"], everywhere).await;
    says(&planned, &[&owner.tenant, "What stood there before comes back", "Nothing was changed."]);
    says(&fails(2, &["uninstall"], everywhere).await, &["there is no terminal to ask at"]);
    assert_ne!(rows().await, before, "nothing happened yet");
    says(&succeeds(&["uninstall", "--yes"], everywhere).await, &["logo_url", "annex migrate down"]);
    assert_eq!(rows().await, before, "the CRM shows what it showed");
    says(&succeeds(&["uninstall", "--yes"], everywhere).await, &["No branding stands in the CRM's tables."]);
    succeeds(&["migrate", "down", "--yes"], everywhere).await;
    assert_eq!(rows().await, before);
}

#[tokio::test]
async fn what_cannot_be_given_back_is_said() {
    let (scene, owner, path) = scene("stuck").await;
    profile(&scene, &owner, json!({"companyName": "Cedar", "invoiceNotes": "old"})).await;
    scene.client(&owner).put(&path, json!({"pdfFooter": "new"})).await.expect(200);
    let superuser = scene.database.connect().await;
    let revoke = "REVOKE UPDATE (invoice_notes) ON public.company_profiles FROM annex_app";
    superuser.batch_execute(revoke).await.expect("the superuser may");
    for command in [&["branding", "restore", "--all"][..], &["uninstall", "--yes"][..]] {
        let ended = annex(command, &scene.annex.environment).await;
        assert_eq!(ended.status, 1, "{}", ended.stdout);
        says(&ended.stdout, &["still written: invoice_notes", "annex doctor"]);
    }
    let grant = "GRANT UPDATE (invoice_notes) ON public.company_profiles TO annex_app";
    superuser.batch_execute(grant).await.expect("the superuser may");
    let ended = annex(&["branding", "restore", "--workspace", &owner.tenant], &scene.annex.environment).await;
    says(&ended.stdout, &[&owner.tenant, "invoice_notes"]);
    let profile = scene.client(&owner).at(&scene.crm.url).get("/api/company-profile").await.expect(200).json();
    assert_eq!(profile["invoiceNotes"], json!("old"));
}

#[tokio::test]
async fn a_purge_gives_back_what_the_crm_had_of_a_home_and_of_a_made_workspace() {
    let (scene, owner, _) = scene("purged").await;
    let client = scene.client(&owner);
    profile(&scene, &owner, json!({"companyName": "Cedar"})).await;
    let made = json!({"name": "Made", "defaultCurrency": "EUR"});
    let made = client.post("/api/workspaces", made).await.expect(201).json()["id"].as_str().expect("an id").to_owned();
    let superuser = scene.database.connect().await;
    let theirs = "UPDATE company_profiles SET invoice_notes = 'old', logo_url = 'https://old.example/l.png'";
    assert_eq!(superuser.execute(theirs, &[]).await.expect("the superuser may"), 2);
    let rows = async || {
        let sql = "SELECT md5(string_agg(t::text, '|' ORDER BY t.id)) FROM company_profiles t";
        superuser.query_one(sql, &[]).await.expect("a sum").get::<_, Option<String>>(0)
    };
    let before = rows().await;
    let png = encoded(&picture(64, 64, 1), ImageFormat::Png);
    for tenant in [&owner.tenant, &made] {
        let branding = format!("/api/workspaces/{tenant}/branding");
        client.put(&branding, json!({"pdfFooter": "new"})).await.expect(200);
        let there = Person { tenant: tenant.clone(), ..owner.clone() };
        assert_eq!(send_logo(&scene, &there, "image/png", &png).await.status, 200);
        let shown = client.get(&branding).await.expect(200).json()["crm"]["shows"].clone();
        assert_eq!(shown, json!(["logoUrl", "pdfFooter"]), "{tenant}");
    }
    let over = format!(
        "UPDATE annex.workspaces SET deleted_at = now() - interval '31 days', purge_after = now() - interval '1 day'
         WHERE tenant_id IN ('{made}', '{}')",
        owner.tenant
    );
    superuser.batch_execute(&over).await.expect("the superuser may");

    // What cannot be put back is not forgotten.
    let revoke = "REVOKE UPDATE (invoice_notes) ON public.company_profiles FROM annex_app";
    superuser.batch_execute(revoke).await.expect("the superuser may");
    let everywhere = &scene.annex.environment;
    says(&fails(1, &["purge", "--workspace", &made], everywhere).await, &["invoice_notes", "annex doctor"]);
    let kept = "SELECT count(*) FROM annex.branding WHERE crm_kept <> '{}'";
    let kept = async || superuser.query_one(kept, &[]).await.expect("a count").get::<_, i64>(0);
    assert_eq!(kept().await, 2);
    let grant = "GRANT UPDATE (invoice_notes) ON public.company_profiles TO annex_app";
    superuser.batch_execute(grant).await.expect("the superuser may");
    says(&succeeds(&["purge"], everywhere).await, &["2 purged"]);
    assert_eq!(rows().await, before, "the CRM shows what it showed");
    assert_eq!(kept().await, 0);
}
