//! How long, how often, how many.

use std::time::Duration;

use annex_tests::sidecar::Options;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{World, link_token, text};

fn at(invitation: &Value) -> String {
    format!("WHERE id = '{}'", text(&invitation["id"]))
}

#[tokio::test]
async fn an_invitation_lasts_seven_days_and_at_most_thirty() {
    let world = World::start("invexpiry").await;
    let issued = world.invite("seven@example.test", "viewer").await;
    let days = "SELECT extract(epoch FROM expires_at - created_at)::bigint FROM annex.workspace_invitations ";
    assert_eq!(world.count(&format!("{days} {}", at(&issued))).await, 7 * 86_400);
    let body = json!({"email": "thirty@example.test", "role": "viewer", "expiresInDays": 30});
    let longest = world.of(&world.owner).post(&world.path(), body).await.expect(201).json();
    assert_eq!(world.count(&format!("{days} {}", at(&longest))).await, 30 * 86_400);

    // Mailed again on the last day, it still ends thirty days after it began.
    let late = "UPDATE annex.workspace_invitations SET created_at = now() - interval '29 days', expires_at = now() + interval '1 day',
                last_sent_at = now() - interval '2 days'";
    world.sql(&format!("{late} {}", at(&longest))).await;
    world.on(&longest, "resend").await.expect(200);
    assert_eq!(world.count(&format!("{days} {}", at(&longest))).await, 30 * 86_400);

    // What has expired is said so, and blocks nothing.
    let guest = world.register("guest").await;
    let first = world.invite(&guest.email, "viewer").await;
    let past = "UPDATE annex.workspace_invitations SET created_at = now() - interval '8 days', expires_at = now() - interval '1 s'";
    world.sql(&format!("{past} {}", at(&first))).await;
    let list = world.of(&world.owner).get(&format!("{}?status=expired", world.path())).await.expect(200).json();
    assert_eq!((&list[0]["id"], &list[0]["status"]), (&first["id"], &json!("expired")));
    for verb in ["accept", "decline"] {
        let answer = world.present(&guest, &link_token(&first), verb).await.expect(410);
        assert_eq!(answer.code(), "INVITATION_EXPIRED");
    }
    assert_eq!(world.on(&first, "resend").await.expect(410).code(), "INVITATION_EXPIRED");
    let second = world.invite(&guest.email, "viewer").await;
    assert_eq!(world.status(&first).await, "expired");
    world.present(&guest, &link_token(&second), "accept").await.expect(200);
}

#[tokio::test]
async fn it_is_mailed_again_five_times_a_minute_apart_and_each_secret_is_new() {
    let world = World::start("invresend").await;
    let guest = world.register("guest").await;
    let began = Instant::now();
    let issued = world.invite(&guest.email, "viewer").await;
    let mut tokens = vec![world.mailed(&guest.email, 1).await];
    let early = world.on(&issued, "resend").await.expect(429);
    assert_eq!(early.code(), "RATE_LIMITED");
    let wait: u64 = early.header("retry-after").expect("a time").parse().expect("seconds");
    // Less only by the time that went by since.
    let least = 60_u64.saturating_sub(began.elapsed().as_secs() + 1);
    assert!((least..=60).contains(&wait), "{wait}, at least {least}");
    for number in 2..=6 {
        world.sql("UPDATE annex.workspace_invitations SET last_sent_at = now() - interval '61 s'").await;
        let again = world.on(&issued, "resend").await.expect(200).json();
        assert_eq!(again["sendCount"], json!(number));
        tokens.push(world.mailed(&guest.email, number).await);
    }
    world.sql("UPDATE annex.workspace_invitations SET last_sent_at = now() - interval '61 s'").await;
    assert_eq!(world.on(&issued, "resend").await.expect(429).code(), "RATE_LIMITED");
    let last = tokens.pop().expect("a secret");
    for old in &tokens {
        assert_ne!(*old, last);
        world.preview(old).await.expect(404);
    }
    // The link that was shown is another secret, and lives on.
    world.preview(&link_token(&issued)).await.expect(200);
    let ids: std::collections::HashSet<String> =
        world.mail.mails().iter().map(|mail| mail.letter().message_id).collect();
    assert_eq!(ids.len(), 6, "each is a mail of its own");

    let fresh = link_token(&world.on(&issued, "link").await.expect(200).json());
    world.preview(&link_token(&issued)).await.expect(404);
    world.preview(&last).await.expect(200);
    world.present(&guest, &fresh, "accept").await.expect(200);
    let told: Vec<String> = world.audit().await.into_iter().map(|(action, _)| action).collect();
    assert_eq!(told.iter().filter(|action| *action == "invitation.resent").count(), 5);
    assert_eq!(told.iter().filter(|action| *action == "invitation.link_shown").count(), 1);
}

/// What is counted by the hour, or by the day, is counted anew with the next one.
async fn within_an_hour(world: &World) {
    let left = world.count("SELECT 3600 - extract(epoch FROM now())::bigint % 3600").await;
    if left < 60 {
        tokio::time::sleep(Duration::from_secs(left.unsigned_abs() + 1)).await;
    }
}

#[tokio::test]
async fn an_address_a_person_and_a_workspace_have_their_measure() {
    for (key, same_address) in [
        ("ANNEX_LIMITS_INVITATIONS_PER_ADDRESS_DAY", true),
        ("ANNEX_LIMITS_INVITATIONS_PER_PERSON_HOUR", false),
        ("ANNEX_LIMITS_INVITATIONS_PER_WORKSPACE_DAY", false),
    ] {
        let world = World::start_with("invmeasure", |options: Options| options.with(key, "3")).await;
        within_an_hour(&world).await;
        for number in 0..4 {
            let address = if same_address { "one@example.test".to_owned() } else { format!("n{number}@example.test") };
            let body = json!({"email": address, "role": "viewer"});
            let answer = world.of(&world.owner).post(&world.path(), body).await;
            if number < 3 {
                let issued = answer.expect(201).json();
                world.revoke(&issued).await.expect(200);
                continue;
            }
            let answer = answer.expect(429);
            assert_eq!(answer.code(), "RATE_LIMITED", "{key}");
            let wait: u32 = answer.header("retry-after").expect("a time").parse().expect("seconds");
            assert!((1..=86_400).contains(&wait), "{key}: {wait}");
        }
        assert_eq!(world.count("SELECT count(*) FROM annex.workspace_invitations").await, 3, "{key}");
        // What was refused was not counted.
        assert_eq!(world.count("SELECT max(count) FROM annex.invitation_counters").await, 3, "{key}");
    }
}

/// What follows a plus sign is one person's own affair: it makes another invitation, and no other mailbox.
#[tokio::test]
async fn a_mailbox_has_its_measure_however_it_is_spelled() {
    let world =
        World::start_with("invplus", |options| options.with("ANNEX_LIMITS_INVITATIONS_PER_ADDRESS_DAY", "4")).await;
    let rows = |spellings: &[&str]| {
        let rows =
            spellings.iter().map(|spelling| json!({"email": format!("{spelling}@example.test"), "role": "viewer"}));
        json!({"invitations": rows.collect::<Vec<_>>()})
    };
    let bulk = format!("{}/bulk", world.path());
    let client = world.of(&world.owner);
    world.invite("one+a@example.test", "viewer").await;
    world.invite("One@example.test", "viewer").await;
    let mixed = client.post(&bulk, rows(&["one+b", "two+b", "one+c", "one+d", "one+e"])).await.expect(200).json();
    let told: Vec<&str> =
        mixed["results"].as_array().expect("rows").iter().filter_map(|row| row["status"].as_str()).collect();
    assert_eq!(told, ["invited", "invited", "invited", "refused", "refused"], "{mixed}");
    let body = json!({"email": "ONE+f@example.test", "role": "viewer"});
    assert_eq!(client.post(&world.path(), body).await.expect(429).code(), "RATE_LIMITED");
    world.invite("two@example.test", "viewer").await;
    let counted = "SELECT count FROM annex.invitation_counters WHERE scope = 'recipient' AND subject =";
    assert_eq!(world.count(&format!("{counted} 'one@example.test'")).await, 4, "what was refused was not counted");
    assert_eq!(world.count(&format!("{counted} 'two@example.test'")).await, 2);
    assert_eq!(world.count("SELECT count FROM annex.invitation_counters WHERE scope = 'workspace'").await, 6);
}

#[tokio::test]
async fn another_workspace_s_invitations_count_for_the_address() {
    let world =
        World::start_with("invacross", |options| options.with("ANNEX_LIMITS_INVITATIONS_PER_ADDRESS_DAY", "1")).await;
    let other = world.register("other").await;
    world.flag(&other.tenant, true).await;
    world.invite("wanted@example.test", "viewer").await;
    let path = format!("/api/workspaces/{}/invitations", other.tenant);
    world.of(&other).post(&path, json!({"email": "wanted@example.test", "role": "viewer"})).await.expect(429);
}
