//! Many at once.

use annex_tests::http::json::Answer;
use annex_tests::story as people;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::{World, text};

fn told(answer: &Value) -> Vec<(u64, String, String)> {
    let rows = answer["results"].as_array().expect("results").iter();
    let of = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    rows.map(|row| (row["row"].as_u64().expect("a number"), of(&row["status"]), of(&row["code"]))).collect()
}

fn row(number: u64, status: &str, code: &str) -> (u64, String, String) {
    (number, status.to_owned(), code.to_owned())
}

#[tokio::test]
async fn each_row_has_its_own_result_and_a_dry_run_keeps_nothing() {
    let world = World::start("invbulk").await;
    let member = world.register("member").await;
    people::add_member(&world.database, &world.owner.tenant, &member.id, "viewer").await;
    world.invite("already@example.test", "viewer").await;
    let rows = json!([
        {"email": "one@example.test", "role": "manager", "language": "de"},
        {"email": "nobody"},
        {"email": "ONE@example.test"},
        {"email": member.email},
        {"email": "already@example.test"},
        {"email": "two@example.test", "role": "king"},
        {"email": "three@example.test", "surprise": true},
        {"email": "four@example.test"},
    ]);
    let wanted = |invited: &str| {
        vec![
            row(1, invited, ""),
            row(2, "refused", "VALIDATION_FAILED"),
            row(3, "refused", "CONFLICT"),
            row(4, "refused", "ALREADY_MEMBER"),
            row(5, "refused", "ALREADY_INVITED"),
            row(6, "refused", "VALIDATION_FAILED"),
            row(7, "refused", "VALIDATION_FAILED"),
            row(8, invited, ""),
        ]
    };
    let path = format!("{}/bulk", world.path());
    let of = world.of(&world.owner);
    let counted = "SELECT coalesce(sum(count), 0)::bigint FROM annex.invitation_counters";
    let before = world.count(counted).await;
    let dry = of.post(&path, json!({"invitations": rows, "dryRun": true})).await.expect(200).json();
    assert_eq!(told(&dry), wanted("valid"));
    assert_eq!(dry["summary"], json!({"rows": 8, "invited": 2, "refused": 6, "dryRun": true}));
    assert_eq!(world.count("SELECT count(*) FROM annex.workspace_invitations").await, 1);
    assert_eq!(world.count(counted).await, before, "a dry run counts nothing");

    let keyed = of.header("idempotency-key", "many");
    let real = keyed.post(&path, json!({"invitations": rows})).await.expect(200).json();
    assert_eq!(told(&real), wanted("invited"));
    let again = keyed.post(&path, json!({"invitations": rows})).await.expect(200).json();
    assert_eq!(told(&again), wanted("invited"), "the same request, the same answer");
    assert_eq!(again["results"][0]["inviteLink"], real["results"][0]["inviteLink"]);
    assert_eq!(world.count("SELECT count(*) FROM annex.workspace_invitations").await, 3);
    let letter = world.mail.mails_to("one@example.test", 1).await[0].letter();
    assert!(letter.subject.starts_with("Sie wurden"), "{}", letter.subject);
    world.mail.mails_to("four@example.test", 1).await;
    let events = world.audit().await.into_iter().filter(|(action, _)| action == "member.invited").count();
    assert_eq!(events, 2, "one event for one request");
}

#[tokio::test]
async fn a_hundred_rows_are_one_request_of_a_few_statements_and_no_more() {
    let world = World::start("invhundred").await;
    let rows = |count: usize| -> Vec<Value> {
        (0..count).map(|number| json!({"email": format!("m{number}@example.test"), "role": "viewer"})).collect()
    };
    let path = format!("{}/bulk", world.path());
    let of = world.of(&world.owner);
    for count in [0, 101] {
        let answer = of.post(&path, json!({"invitations": rows(count)})).await.expect(400);
        assert_eq!(answer.json()["errors"][0]["code"], json!("not_1_to_100_rows"));
    }
    let answer = of.post(&path, json!({"invitations": rows(100)})).await.expect(200).json();
    assert_eq!(answer["summary"]["invited"], json!(100));
    assert_eq!(world.count("SELECT count(*) FROM annex.outbox").await, 100);
}

async fn csv(world: &World, query: &str, body: &str) -> Answer {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = format!("{}{}/bulk{query}", world.annex.url, world.path());
    let request = client.post(url).header(CONTENT_TYPE, "text/csv; charset=utf-8");
    let sent = request.header(AUTHORIZATION, format!("Bearer {}", world.owner.access)).body(body.to_owned()).send();
    let response = sent.await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, text: response.text().await.expect("a body") }
}

#[tokio::test]
async fn a_csv_is_read_as_a_spreadsheet_writes_it() {
    let world = World::start("invcsv").await;
    let body = "\u{feff}email,role\r\n\"a@example.test\",viewer\r\nb@example.test,\r\n\"c@example.test\r\nBcc: d@example.test\",viewer\r\n=cmd(),viewer\r\n";
    let dry = csv(&world, "?dryRun=true", body).await.expect(200).json();
    assert_eq!(dry["summary"], json!({"rows": 4, "invited": 2, "refused": 2, "dryRun": true}));
    let real = csv(&world, "", body).await.expect(200).json();
    let invited = row(1, "invited", "");
    assert_eq!(told(&real)[..2], [invited, row(2, "invited", "")]);
    assert_eq!(text(&real["results"][1]["invitation"]["role"]), "member", "the usual role");
    for (bad, code) in [
        ("role\nviewer\n", "column_missing"),
        ("email,name\na@example.test,Ann\n", "unknown_column"),
        ("email\n", "not_1_to_100_rows"),
        ("email,role\na@example.test\n", "malformed_csv"),
    ] {
        let answer = csv(&world, "", bad).await.expect(400);
        assert_eq!(answer.json()["errors"][0]["code"], json!(code), "{bad:?}");
    }
}
