//! Who may read a branding, who may change it, and what strangers learn.

use annex_tests::http::raw;
use annex_tests::story;
use image::ImageFormat;
use reqwest::Method;
use serde_json::json;

use super::{encoded, picture, scene};

#[tokio::test]
async fn those_who_manage_the_workspace_change_it_and_members_read_it() {
    let (scene, owner, path) = scene("roles").await;
    for role in ["admin", "manager", "member", "finance", "viewer"] {
        let person = scene.agency(role).await;
        story::add_member(&scene.database, &owner.tenant, &person.id, role).await;
        scene.settle().await;
        let client = scene.client(&person);
        client.get(&path).await.expect(200);
        let may = role == "admin";
        let logo = path.replace("branding", "logo");
        for (method, at, body, fine) in [
            (Method::PUT, path.clone(), Some(json!({"pdfHeader": role})), 200),
            (Method::PUT, format!("{path}?state=draft"), Some(json!({"pdfHeader": role})), 200),
            (Method::POST, format!("{path}/publish"), None, 200),
            (Method::POST, format!("{path}/discard"), None, 200),
            (Method::DELETE, logo.clone(), None, 200),
            (Method::DELETE, path.clone(), None, 200),
            // Who may not is told so before the body is looked at.
            (Method::PUT, logo, Some(json!({})), 415),
        ] {
            let answer = client.send(method.clone(), &at, body).await;
            let expected = if may { fine } else { 403 };
            assert_eq!(answer.status, expected, "{role} {method} {at}: {}", answer.text);
            if !may {
                assert_eq!(answer.code(), "WORKSPACE_PERMISSION_DENIED");
                assert_eq!(answer.json()["missingPermissions"], json!(["workspace:manage"]));
            }
        }
    }
}

#[tokio::test]
async fn strangers_learn_nothing() {
    let (scene, owner, path) = scene("strangers").await;
    let stranger = scene.agency("stranger").await;
    scene.flag(&stranger.tenant, true).await;
    scene.settle().await;
    let nowhere = path.replace(&owner.tenant, "00000000-0000-4000-8000-000000000000");
    for (method, tail, body) in [
        (Method::GET, "", None),
        (Method::PUT, "", Some(json!({"pdfHeader": "x"}))),
        (Method::DELETE, "", None),
        (Method::POST, "/publish", None),
        (Method::POST, "/discard", None),
    ] {
        let client = scene.client(&stranger);
        let foreign = client.send(method.clone(), &format!("{path}{tail}"), body.clone()).await;
        let unknown = client.send(method.clone(), &format!("{nowhere}{tail}"), body.clone()).await;
        let told =
            |answer: &annex_tests::http::json::Answer| (answer.status, answer.code(), answer.json()["message"].clone());
        assert_eq!(told(&foreign), told(&unknown), "{method} {tail}");
        assert_eq!((foreign.status, foreign.code().as_str()), (403, "WORKSPACE_ACCESS_DENIED"), "{method} {tail}");
        let nobody = annex_tests::http::json::Client::new(&scene.annex.url);
        nobody.send(method, &format!("{path}{tail}"), body).await.expect(401);
    }
    let (logo, png) = (path.replace("branding", "logo"), encoded(&picture(64, 64, 1), ImageFormat::Png));
    let at_logo = |person: &story::Person, at: &str| {
        let head = format!(
            "PUT {at} HTTP/1.1\r\nHost: annex\r\nAuthorization: Bearer {}\r\nContent-Type: image/png\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            person.access,
            png.len()
        );
        [head.as_bytes(), &png].concat()
    };
    for at in [logo.clone(), logo.replace(&owner.tenant, "00000000-0000-4000-8000-000000000000")] {
        let answer = raw::exchange(scene.annex.port, &at_logo(&stranger, &at)).await;
        assert_eq!((answer.status, &answer.json()["code"]), (403, &json!("WORKSPACE_ACCESS_DENIED")), "{at}");
    }
    // Nor do the platform's own people change it, nor somebody who joined nothing and whose home is off.
    let platform =
        scene.client(&owner).bearer(&story::sign(&story::claims(&owner, "saas_admin", true), &scene.crm.jwt_secret));
    assert_ne!(platform.put(&path, json!({"pdfHeader": "x"})).await.status, 200);
    let plain = scene.agency("plain").await;
    for at in [&path, &path.replace("branding", "onboarding"), &path.replace(&owner.tenant, &plain.tenant)] {
        assert_eq!(scene.client(&plain).get(at).await.expect(403).code(), "MULTI_WORKSPACE_DISABLED", "{at}");
    }
    scene.flag(&owner.tenant, false).await;
    scene.settle().await;
    assert_eq!(scene.client(&owner).get(&path).await.expect(403).code(), "MULTI_WORKSPACE_DISABLED");
    scene.flag(&owner.tenant, true).await;
    scene.settle().await;
    let elsewhere = scene.client(&owner).workspace(&stranger.tenant).get(&path).await.expect(409);
    assert_eq!(elsewhere.code(), "WORKSPACE_CONTEXT_MISMATCH");
}

#[tokio::test]
async fn deleting_and_restoring_a_workspace_brings_it_all_back() {
    let (scene, owner, _) = scene("restore").await;
    let made = scene.client(&owner).post("/api/workspaces", json!({"name": "Cedar North"})).await.expect(201).json();
    let id = made["id"].as_str().expect("an id");
    let path = format!("/api/workspaces/{id}/branding");
    let client = scene.client(&owner);
    client.put(&path, json!({"primaryColor": "#123456"})).await.expect(200);
    let png = encoded(&picture(64, 64, 1), ImageFormat::Png);
    let head = format!(
        "PUT /api/workspaces/{id}/logo HTTP/1.1\r\nHost: annex\r\nAuthorization: Bearer {}\r\nContent-Type: image/png\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        owner.access,
        png.len()
    );
    let sent = annex_tests::http::raw::exchange(scene.annex.port, &[head.as_bytes(), &png].concat()).await;
    assert_eq!(sent.status, 200, "{}", sent.text());
    client.put(&format!("/api/workspaces/{id}/onboarding/invite_team"), json!({"status": "skipped"})).await.expect(200);
    let steps = format!("/api/workspaces/{id}/onboarding");
    let (look, onboarding) = (client.get(&path).await.json(), client.get(&steps).await.json());
    let workspace = format!("/api/workspaces/{id}");
    let name = json!({"confirmName": "Cedar North"});
    client.send(Method::DELETE, &workspace, Some(name)).await.expect(200);
    scene.settle().await;
    for at in [&path, &steps] {
        assert_eq!(client.get(at).await.expect(410).code(), "WORKSPACE_DELETED");
    }
    client.send(Method::POST, &format!("{workspace}/restore"), None).await.expect(200);
    scene.settle().await;
    assert_eq!((client.get(&path).await.json(), client.get(&steps).await.json()), (look, onboarding));
}
