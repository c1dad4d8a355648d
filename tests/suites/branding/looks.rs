//! Colours, words and signature, live and as a draft.

use reqwest::Method;
use serde_json::{Value, json};

use super::{events, mistakes, scene};

#[tokio::test]
async fn a_look_is_kept_as_it_is_answered() {
    let (scene, owner, path) = scene("look").await;
    let client = scene.client(&owner);
    let first = client.get(&path).await.expect(200);
    assert_eq!(first.header("etag"), Some("\"0\""), "nothing was chosen yet");
    let first = first.json();
    assert_eq!(
        (&first["live"]["primaryColor"], &first["draft"], &first["logo"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );

    let sent = json!({
        "primaryColor": "#FFDD00", "secondaryColor": "#1a2b3c", "pdfHeader": " Cedar \r\nstudio ", "pdfFooter": "www.cedar.example",
        "emailSignature": "<p onclick=\"x()\"><b>Ada</b><script>alert(1)</script><br><a href=\"javascript:x\">no</a>\
                           <a href=\"https://cedar.example\">site</a></p>",
    });
    let kept = client.put(&path, sent).await.expect(200);
    let tag = kept.header("etag").expect("an ETag").to_owned();
    let kept = kept.json();
    let live = &kept["live"];
    assert_eq!((&live["primaryColor"], &live["secondaryColor"]), (&json!("#ffdd00"), &json!("#1a2b3c")));
    assert_eq!((&live["pdfHeader"], &live["pdfFooter"]), (&json!("Cedar\nstudio"), &json!("www.cedar.example")));
    let html = live["emailSignature"].as_str().expect("a signature");
    assert!(html.contains("<b>Ada</b>") && html.contains("https://cedar.example"), "{html}");
    assert!(!html.contains("script") && !html.contains("onclick"), "{html}");
    assert_eq!(live["emailSignatureText"], json!("Ada\nnosite (https://cedar.example)"));
    let advice: Vec<_> =
        live["advice"].as_array().expect("advice").iter().map(|one| (&one["path"], &one["code"])).collect();
    let [yellow, dark] = ["primaryColor", "secondaryColor"].map(|path| json!(path));
    let codes = ["white_text_hard_to_read", "hard_to_see_on_white", "black_text_hard_to_read"].map(|code| json!(code));
    assert_eq!(advice, [(&yellow, &codes[0]), (&yellow, &codes[1]), (&dark, &codes[2])]);
    assert_eq!(live["contrast"][0]["text"], json!("black"));
    let read = client.get(&path).await.expect(200);
    for (name, value) in
        [("content-type", "application/json"), ("x-content-type-options", "nosniff"), ("cache-control", "no-store")]
    {
        assert_eq!(read.header(name), Some(value), "{name}");
    }
    assert_eq!((read.header("etag"), read.json()), (Some(tag.as_str()), kept));

    // What is left out is not chosen; the same again changes nothing and tells nobody.
    let less = client.put(&path, json!({"primaryColor": "#ffdd00"})).await.expect(200);
    assert_eq!(less.json()["live"]["pdfHeader"], Value::Null);
    let same = client.put(&path, json!({"primaryColor": "#ffdd00"})).await.expect(200);
    assert_eq!(same.header("etag"), less.header("etag"));
    let told = events(&scene, &owner.tenant, "branding.changed").await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|details| !details.to_string().contains("Ada")), "an event holds no contents: {told:?}");
    assert_eq!(told[1]["changed"], json!(["secondaryColor", "pdfHeader", "pdfFooter", "emailSignature"]));
}

#[tokio::test]
async fn every_mistake_is_told_with_its_path() {
    let (scene, owner, path) = scene("mistakes").await;
    let client = scene.client(&owner);
    let body = json!({
        "primaryColor": "red", "secondaryColor": 7, "pdfHeader": "a\u{202e}b", "pdfFooter": "x".repeat(501),
        "emailSignature": "x".repeat(10_001), "showInCrm": "yes", "logo": "x",
    });
    let answer = client.put(&path, body).await.expect(400).json();
    let expected = [
        ("primaryColor", "not_a_color"),
        ("secondaryColor", "invalid_type"),
        ("pdfHeader", "control_character"),
        ("pdfFooter", "too_long"),
        ("emailSignature", "too_long"),
        ("showInCrm", "invalid_type"),
        ("logo", "unknown_field"),
    ];
    assert_eq!(mistakes(&answer), expected.map(|(path, code)| (path.to_owned(), code.to_owned())));
    for color in [
        "#fff",
        "#12345678",
        "#12345g",
        "rgb(1,2,3)",
        "#123456;background:url(https://evil.example)",
        "#123456\n",
        " #123456",
        "</style><script>alert(1)</script>",
        "expression(alert(1))",
        "var(--x)",
        "#１23456",
    ] {
        let answer = client.put(&path, json!({"primaryColor": color})).await.expect(400).json();
        assert_eq!(mistakes(&answer), [("primaryColor".to_owned(), "not_a_color".to_owned())], "{color}");
    }
    // Three letters that become forty: bounded as it is kept, too.
    let grown = client.put(&path, json!({"emailSignature": "<a>x".repeat(2_500)})).await.expect(400).json();
    assert_eq!(mistakes(&grown)[0].1, "too_long");
    let lines = client.put(&path, json!({"pdfHeader": "a\nb\nc\nd\ne\nf"})).await.expect(400).json();
    assert_eq!(mistakes(&lines)[0].1, "too_many_lines");
    let state = client.put(&format!("{path}?state=both"), json!({})).await.expect(400).json();
    assert_eq!(mistakes(&state)[0], ("state".to_owned(), "not_live_or_draft".to_owned()));
    client.put(&path, json!({"pdfHeader": "x".repeat(70_000)})).await.expect(413);
    assert_eq!(client.get(&path).await.header("etag"), Some("\"0\""), "nothing was half-written");
}

#[tokio::test]
async fn a_draft_is_seen_by_those_who_may_publish_it_and_by_nobody_else() {
    let (scene, owner, path) = scene("draft").await;
    let viewer = scene.agency("viewer").await;
    annex_tests::story::add_member(&scene.database, &owner.tenant, &viewer.id, "viewer").await;
    scene.settle().await;
    let client = scene.client(&owner);
    client.put(&path, json!({"primaryColor": "#111111"})).await.expect(200);
    let drafted =
        client.put(&format!("{path}?state=draft"), json!({"primaryColor": "#222222"})).await.expect(200).json();
    assert_eq!(
        (&drafted["live"]["primaryColor"], &drafted["draft"]["primaryColor"]),
        (&json!("#111111"), &json!("#222222"))
    );
    let seen = scene.client(&viewer).get(&path).await.expect(200).json();
    assert_eq!((&seen["live"]["primaryColor"], &seen["draft"]), (&json!("#111111"), &Value::Null));

    let stale =
        client.header("if-match", "\"1\"").send(Method::POST, &format!("{path}/publish"), None).await.expect(412);
    assert_eq!(stale.code(), "STALE_VERSION");
    let version = drafted["version"].as_i64().expect("a version");
    let fresh = client.header("if-match", &format!("\"{version}\"")).header("idempotency-key", "p1");
    let live = fresh.send(Method::POST, &format!("{path}/publish"), None).await.expect(200).json();
    assert_eq!((&live["live"]["primaryColor"], &live["draft"]), (&json!("#222222"), &Value::Null));
    // Sent again it is what it was, without the key there is nothing left to publish.
    let again = client.header("idempotency-key", "p1").send(Method::POST, &format!("{path}/publish"), None).await;
    assert_eq!(again.expect(200).json(), live);
    let nothing = client.send(Method::POST, &format!("{path}/publish"), None).await.expect(409);
    assert_eq!(nothing.code(), "CONFLICT");

    client.put(&format!("{path}?state=draft"), json!({"pdfHeader": "x"})).await.expect(200);
    let gone = client.send(Method::POST, &format!("{path}/discard"), None).await.expect(200).json();
    assert_eq!((&gone["live"]["primaryColor"], &gone["draft"]), (&json!("#222222"), &Value::Null));
    client.send(Method::POST, &format!("{path}/discard"), None).await.expect(200);
    let hows: Vec<Value> =
        events(&scene, &owner.tenant, "branding.changed").await.iter().map(|details| details["how"].clone()).collect();
    assert_eq!(hows, ["live", "draft", "publish", "draft", "discard"].map(|how| json!(how)));
}

#[tokio::test]
async fn of_two_who_read_the_same_one_writes() {
    let (scene, owner, path) = scene("stale").await;
    let client = scene.client(&owner).header("if-match", "\"0\"");
    let writers = (0..6).map(|number| {
        let (client, path) = (client.clone(), path.clone());
        tokio::spawn(async move { client.put(&path, json!({"pdfHeader": format!("writer {number}")})).await.status })
    });
    let mut statuses = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        statuses.push(writer.await.expect("an answer"));
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
}
