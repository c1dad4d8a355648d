//! What goes live is what the CRM itself shows, and what it showed before comes back.

use annex_tests::sidecar::annex;
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};

use super::{encoded, events, get, picture, scene, send_logo};

const BEFORE: [&str; 3] = ["https://old.example/logo.png", "old invoice notes", "old quote notes"];

/// What the CRM itself shows.
async fn shown(client: &annex_tests::http::json::Client) -> [Value; 3] {
    let profile = client.get("/api/company-profile").await.expect(200).json();
    ["logoUrl", "invoiceNotes", "quoteNotes"].map(|key| profile[key].clone())
}

fn before() -> [Value; 3] {
    BEFORE.map(|text| json!(text))
}

#[tokio::test]
async fn what_goes_live_is_shown_by_the_crm_and_what_was_there_comes_back() {
    let (scene, owner, path) = scene("through").await;
    let (client, own) = (scene.client(&owner), scene.client(&owner).at(&scene.crm.url));
    let profile =
        json!({"companyName": "Old", "logoUrl": BEFORE[0], "invoiceNotes": BEFORE[1], "quoteNotes": BEFORE[2]});
    assert!(own.put("/api/company-profile", profile).await.status < 300);

    // A draft is nobody's business but Annex's.
    let drafted = client.put(&format!("{path}?state=draft"), json!({"pdfFooter": "new foot"})).await.expect(200).json();
    assert_eq!(drafted["crm"], json!({"maps": ["logoUrl", "pdfFooter"], "shows": []}));
    assert_eq!(shown(&own).await, before());
    let live = client.send(Method::POST, &format!("{path}/publish"), None).await.expect(200).json();
    assert_eq!(live["crm"]["shows"], json!(["pdfFooter"]));
    assert_eq!(shown(&own).await, [json!(BEFORE[0]), json!("new foot"), json!("new foot")]);
    let answer = send_logo(&scene, &owner, "image/png", &encoded(&picture(50, 50, 3), ImageFormat::Png)).await.json();
    let url = answer["logo"]["url"].clone();
    assert_eq!(shown(&own).await, [url.clone(), json!("new foot"), json!("new foot")]);

    // Off and on again, without losing the look.
    client.put(&path, json!({"pdfFooter": "new foot", "showInCrm": false})).await.expect(200);
    assert_eq!(shown(&own).await, before());
    client.put(&path, json!({"pdfFooter": "newer foot"})).await.expect(200);
    assert_eq!(shown(&own).await, [url, json!("newer foot"), json!("newer foot")]);
    // What somebody writes in the CRM meanwhile is theirs and stays.
    own.put("/api/company-profile", json!({"quoteNotes": "mine"})).await.expect(200);
    let reset = client.delete(&path).await.expect(200).json();
    assert_eq!(
        (&reset["crm"]["shows"], &reset["logo"], &reset["live"]["pdfFooter"]),
        (&json!([]), &Value::Null, &Value::Null)
    );
    assert_eq!(shown(&own).await, [json!(BEFORE[0]), json!(BEFORE[1]), json!("mine")]);
    let gone = get(&scene, answer["logo"]["url"].as_str().expect("a path"), "").await;
    assert_eq!(gone.status, 404);
}

#[tokio::test]
async fn a_change_that_fails_leaves_neither_side_changed() {
    let (scene, owner, path) = scene("neither").await;
    let (client, own) = (scene.client(&owner), scene.client(&owner).at(&scene.crm.url));
    assert!(own.put("/api/company-profile", json!({"companyName": "Old", "invoiceNotes": "old"})).await.status < 300);
    let superuser = scene.database.connect().await;
    let broken = "ALTER TABLE annex.audit_events ADD CONSTRAINT broken CHECK (action <> 'branding.changed') NOT VALID";
    superuser.batch_execute(broken).await.expect("the superuser breaks it");
    let answer = client.put(&path, json!({"pdfFooter": "half"})).await;
    assert!([500, 503].contains(&answer.status), "{}", answer.text);
    assert_eq!(shown(&own).await[1], json!("old"), "the CRM shows what Annex did not keep");
    assert_eq!(client.get(&path).await.header("etag"), Some("\"0\""));
}

#[tokio::test]
async fn without_the_right_the_look_is_kept_and_the_crm_left_alone() {
    let (scene, owner, path) = scene("noright").await;
    let (client, own) = (scene.client(&owner), scene.client(&owner).at(&scene.crm.url));
    assert!(own.put("/api/company-profile", json!({"companyName": "Old", "invoiceNotes": "old"})).await.status < 300);
    let superuser = scene.database.connect().await;
    let revoke = "REVOKE UPDATE (logo_url, invoice_notes, quote_notes) ON public.company_profiles FROM annex_app";
    superuser.batch_execute(revoke).await.expect("the superuser may");
    let kept = client.put(&path, json!({"pdfFooter": "foot"})).await.expect(200).json();
    assert_eq!((&kept["live"]["pdfFooter"], &kept["crm"]["shows"]), (&json!("foot"), &json!([])));
    assert_eq!(shown(&own).await[1], json!("old"));
    let doctor = annex(&["doctor"], &scene.annex.environment).await.stdout;
    let statement = "GRANT UPDATE (invoice_notes, logo_url, quote_notes) ON public.company_profiles TO annex_app;";
    assert!(doctor.contains(statement), "{doctor}");
    superuser.batch_execute(statement).await.expect("what doctor says can be run");
    let doctor = annex(&["doctor"], &scene.annex.environment).await.stdout;
    assert!(!doctor.contains("GRANT UPDATE") && doctor.contains("first steps"), "{doctor}");
}

#[tokio::test]
async fn an_operator_gives_the_crm_back_what_it_had() {
    let (scene, owner, path) = scene("giveback").await;
    let (client, own) = (scene.client(&owner), scene.client(&owner).at(&scene.crm.url));
    assert!(own.put("/api/company-profile", json!({"companyName": "Old", "invoiceNotes": "old"})).await.status < 300);
    client.put(&path, json!({"pdfFooter": "foot"})).await.expect(200);
    assert_eq!(shown(&own).await[1], json!("foot"));
    let output = annex(&["branding", "restore", "--all"], &scene.annex.environment).await;
    assert_eq!((output.status, output.stderr.as_str()), (0, ""), "{}", output.stdout);
    assert_eq!(shown(&own).await, [Value::Null, json!("old"), Value::Null]);
    let after = client.get(&path).await.expect(200).json();
    assert_eq!((&after["live"]["pdfFooter"], &after["live"]["showInCrm"]), (&json!("foot"), &json!(false)));
    assert_eq!(events(&scene, &owner.tenant, "branding.changed").await[1]["how"], json!("given_back"));
    let again = annex(&["branding", "restore", "--workspace", &owner.tenant], &scene.annex.environment).await;
    assert!(again.status == 0 && again.stdout.contains("nothing to put back"), "{}", again.stdout);
}

#[tokio::test]
async fn a_workspace_may_begin_with_a_logo() {
    use base64::Engine as _;
    let (scene, owner, _) = scene("begin").await;
    let client = scene.client(&owner).header("idempotency-key", "begin");
    let logo = |kind: &str, bytes: &[u8]| {
        format!("data:image/{kind};base64,{}", base64::engine::general_purpose::STANDARD.encode(bytes))
    };
    let png = encoded(&picture(400, 400, 5), ImageFormat::Png);
    let body = json!({"name": "Cedar North", "logo": logo("png", &png)});
    let made = client.post("/api/workspaces", body.clone()).await.expect(201).json();
    let url = made["logoUrl"].as_str().expect("a logo").to_owned();
    assert_eq!(get(&scene, &url, "").await.status, 200);
    assert_eq!(client.post("/api/workspaces", body).await.expect(201).json(), made, "sent again it is the same");
    let there = scene.client(&owner).workspace(made["id"].as_str().expect("an id"));
    assert_eq!(there.get("/api/company-profile").await.expect(200).json()["logoUrl"], json!(url));

    let client = scene.client(&owner);
    let rows = async || {
        let sql = "SELECT (SELECT count(*) FROM tenants) + (SELECT count(*) FROM annex.assets)";
        scene.database.connect().await.query_one(sql, &[]).await.expect("a count").get::<_, i64>(0)
    };
    let before = rows().await;
    for (sent, status, code) in [
        (json!("https://evil.example/x.png"), 400, "not_a_data_url"),
        (json!("data:image/svg+xml;base64,PHN2Zz4="), 400, "not_png_jpeg_or_webp"),
        (json!("data:image/png,x"), 400, "not_a_data_url"),
        (json!("data:image/png;base64,%%%"), 400, "not_a_data_url"),
        (json!(logo("png", b"<svg>")), 400, "not_what_it_says"),
        (json!(logo("png", &png[..png.len() / 2])), 400, "unreadable"),
        (json!(7), 400, "invalid_type"),
        (json!(logo("png", &vec![0; 1024 * 1024 + 300_000])), 413, ""),
    ] {
        let answer = client.post("/api/workspaces", json!({"name": "No", "logo": sent})).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(answer.json()["errors"][0]["code"].as_str().unwrap_or_default(), code);
    }
    assert_eq!(rows().await, before, "a refused logo left a workspace");
}
