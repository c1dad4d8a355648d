#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

fn letter<'a>(token: &'a Token, workspace: &'a str, inviter: &'a str) -> Letter<'a> {
    Letter {
        key: "invitation/1/1",
        language: Language::English,
        to: "bob@example.com",
        workspace,
        inviter: Some(inviter),
        role_key: "member",
        role_name: "Team Member",
        expires_at: "2026-03-05T00:00:00Z".parse().unwrap(),
        token,
        head: Letterhead::default(),
    }
}

fn said(letter: &Letter<'_>) -> (String, String) {
    let sender = Sender::new("Our CRM <crm@example.com>", "https://crm.example.com").unwrap();
    let words = words::words(letter.language);
    let said = Said::of(&sender, letter, words);
    (said.text(words), said.html(words, letter.language))
}

#[test]
fn both_forms_say_who_where_as_what_and_until_when() {
    let token = Token::new("t0ken".to_owned());
    for (language, role) in [(Language::English, "Team Member"), (Language::German, "Teammitglied")] {
        let letter = Letter { language, ..letter(&token, "Büro Süd", "Ann Test") };
        let (text, html) = said(&letter);
        for form in [&text, &html] {
            for part in
                ["Büro Süd", "Ann Test", role, "bob@example.com", "2026", "https://crm.example.com/_annex/invite#t0ken"]
            {
                assert!(form.contains(part), "{part}: {form}");
            }
            assert!(!form.contains("{{"), "a place is left: {form}");
        }
    }
}

#[test]
fn a_name_is_no_markup_no_link_and_no_line() {
    let token = Token::new("t0ken".to_owned());
    let (text, html) = said(&letter(&token, "<img src=x onerror=alert(1)>", "Eve\r\nBcc: all {{link}}"));
    assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;") && !html.contains("<img"), "{html}");
    assert!(html.contains("Eve Bcc: all {{link}}") && text.contains("Eve Bcc: all {{link}}"), "{text}");
    let (text, html) = said(&letter(&token, "win at evil.example", "https://evil.example"));
    assert!(!text.contains("evil") && !html.contains("evil"), "{text}");
    assert!(text.starts_with("You are invited to join a workspace."), "{text}");
    let long = "n".repeat(500);
    let (text, _) = said(&letter(&token, &long, "Ann"));
    assert!(text.contains(&format!("{}…", "n".repeat(59))) && !text.contains(&"n".repeat(60)), "{text}");
}

#[test]
fn headers_hold_no_name_and_the_message_id_follows_from_the_key() {
    let token = Token::new("t0ken".to_owned());
    let sender = Sender::new("crm@example.com", "https://crm.example.com").unwrap();
    let id = |key: &str| {
        let letter = Letter { key, ..letter(&token, "Büro", "Ann") };
        let bytes = compose(&sender, &letter).unwrap().bytes;
        let wire = String::from_utf8(bytes).unwrap();
        let head = wire.split_once("\r\n\r\n").unwrap().0.to_owned();
        assert!(!head.contains("B=C3=BCro") && !head.contains("Ann") && !head.contains("t0ken"), "{head}");
        assert!(head.contains("Subject: You have been invited to a workspace\r\n"), "{head}");
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        head.lines().find(|line| line.starts_with("Message-ID:")).unwrap().to_owned()
    };
    assert_eq!(id("invitation/1/1"), id("invitation/1/1"));
    assert_ne!(id("invitation/1/1"), id("invitation/1/2"));
}

#[test]
fn a_logo_is_asked_for_over_https_or_at_the_crm() {
    for (url, wanted) in [
        ("https://cdn.example.com/a.png", Some("https://cdn.example.com/a.png")),
        ("/_annex/assets/1", Some("https://crm.example.com/_annex/assets/1")),
        ("//evil.example/a.png", None),
        ("http://evil.example/a.png", None),
        ("javascript:alert(1)", None),
        ("data:image/png;base64,x", None),
    ] {
        assert_eq!(whole("https://crm.example.com", url).as_deref(), wanted, "{url}");
    }
}
