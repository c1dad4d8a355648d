//! Invitations where members have rows: who joins gets one, and whoever is such a row is invited to nothing.

use annex_tests::strategy::{MAIL_DOMAIN, find_shadow, shadow_of};
use reqwest::Method;
use serde_json::{Value, json};

use super::{House, nobody::with_a_password, scene};

#[tokio::test]
async fn who_accepts_gets_a_row_and_a_row_is_invited_to_nothing() {
    let scene = scene().await;
    let house = House::new(&scene, "viewer").await;
    let (workspace, owner) = (house.workspace().to_owned(), scene.client(&house.owner));
    let path = format!("/api/workspaces/{workspace}/invitations");

    // The address of a row, and one of its domain that nobody has: one answer, alone and in many.
    let nobodys = format!("nobody@{MAIL_DOMAIN}");
    for email in [&house.shadow.email, &nobodys, &nobodys.to_uppercase()] {
        let mut alone = owner.post(&path, json!({"email": email, "role": "viewer"})).await.expect(400).json();
        alone["requestId"] = Value::Null;
        assert_eq!(alone["errors"], json!([{"path": "email", "code": "not_an_email_address"}]), "{email}: {alone}");
        let many = json!({"invitations": [{"email": email, "role": "viewer"}]});
        let row = owner.post(&format!("{path}/bulk"), many).await.expect(200).json()["results"][0].clone();
        assert_eq!((&row["status"], &row["errors"]), (&json!("refused"), &alone["errors"]), "{email}: {row}");
    }

    let newcomer = scene.agency("newcomer").await;
    let issued = owner.post(&path, json!({"email": newcomer.email, "role": "member"})).await.expect(201).json();
    let token = issued["inviteLink"].as_str().and_then(|link| link.split_once('#')).expect("a link").1.to_owned();
    assert!(find_shadow(&scene.database, &workspace, &newcomer.id).await.is_none(), "no row before it is accepted");
    let accept = format!("/api/invitations/{token}/accept");

    // A row with a password and a token of its own, invited in the table itself, takes nothing.
    let (_, direct) = with_a_password(&scene, &house).await;
    let client = scene.database.connect().await;
    let retarget = "UPDATE annex.workspace_invitations SET address = lower($1) WHERE address = lower($2)";
    client.execute(retarget, &[&house.shadow.email, &newcomer.email]).await.expect("another address");
    scene.client(&direct).send(Method::POST, &accept, None).await.expect(401);
    client.execute(retarget, &[&newcomer.email, &house.shadow.email]).await.expect("the address");

    scene.client(&newcomer).send(Method::POST, &accept, None).await.expect(200);
    let shadow = shadow_of(&scene.database, &workspace, &newcomer.id).await;
    assert!(shadow.stands);
    scene.client(&newcomer).workspace(&workspace).get("/api/customers").await.expect(200);
}
