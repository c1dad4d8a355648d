//! What arrives: the workspace's name and picture, the reader's language, and nothing that anybody wrote where it could do
//! harm.

use annex_tests::http::raw;
use image::ImageFormat;
use serde_json::json;

use super::{PUBLIC_URL, World, text};
use crate::branding::{encoded, picture};

/// As a mail client sees the headers: one line each.
fn unfolded(head: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in head.split("\r\n") {
        match lines.last_mut().filter(|_| line.starts_with([' ', '\t'])) {
            Some(last) => last.push_str(line),
            None => lines.push(line.to_owned()),
        }
    }
    lines
}

impl World {
    async fn name(&self, workspace: &str, first: &str, last: &str) {
        let client = self.database.connect().await;
        let (tenant, owner) = (&self.owner.tenant, &self.owner.id);
        client
            .execute("UPDATE annex.workspaces SET name = $2 WHERE tenant_id = $1", &[tenant, &workspace])
            .await
            .expect("a name");
        let named = "UPDATE users SET first_name = $2, last_name = $3 WHERE id = $1";
        client.execute(named, &[owner, &first, &last]).await.expect("a name");
    }
}

impl World {
    /// Gives the owner's workspace a logo, and tells its path.
    pub(super) async fn hang(&self, png: &[u8]) -> String {
        let head = format!(
            "PUT /api/workspaces/{}/logo HTTP/1.1\r\nHost: annex\r\nAuthorization: Bearer {}\r\nContent-Type: image/png\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.owner.tenant,
            self.owner.access,
            png.len()
        );
        let sent = raw::exchange(self.annex.port, &[head.as_bytes(), png].concat()).await.json();
        sent["logo"]["url"].as_str().expect("a path").to_owned()
    }
}

#[tokio::test]
async fn a_letter_shows_the_workspace_in_the_readers_language_in_two_parts() {
    let world = World::start("invletter").await;
    world.sql(&format!("SELECT annex.ensure_workspace('{}')", world.owner.tenant)).await;
    world.name("Büro Süd & Söhne", "Zoë", "O'Neil").await;
    let logo = format!(
        "UPDATE annex.workspaces SET logo_url = '/_annex/assets/logo-1' WHERE tenant_id = '{}'",
        world.owner.tenant
    );
    world.sql(&logo).await;
    for (language, address, subject, said) in [
        (
            "en",
            "reader@example.test",
            "You have been invited to a workspace",
            ["invites you to join", "Finance", "open until"],
        ),
        (
            "de",
            "leserin@example.test",
            "Sie wurden in einen Arbeitsbereich eingeladen",
            ["lädt Sie", "Finanzen", "gilt bis"],
        ),
    ] {
        let body = json!({"email": address, "role": "finance", "language": language});
        world.of(&world.owner).post(&world.path(), body).await.expect(201);
        let mail = world.mail.mails_to(address, 1).await.remove(0);
        let letter = mail.letter();
        assert_eq!(letter.subject, subject);
        for part in [&letter.text, &letter.html] {
            for words in said.iter().chain(&[address]) {
                assert!(part.contains(words), "{words}: {part}");
            }
        }
        assert!(letter.text.contains("Büro Süd & Söhne") && letter.text.contains("Zoë O'Neil"), "{}", letter.text);
        assert!(
            letter.html.contains("Büro Süd &amp; Söhne") && letter.html.contains("Zoë O&#39;Neil"),
            "{}",
            letter.html
        );
        assert!(letter.html.contains(&format!("lang=\"{language}\"")), "{}", letter.html);
        assert!(letter.html.contains(&format!("<img src=\"{PUBLIC_URL}/_annex/assets/logo-1\"")), "{}", letter.html);
        // The secret stands in links alone: once in the text, twice in the HTML and once as its words, in no header.
        let token = letter.token();
        let link = format!("{PUBLIC_URL}/_annex/invite#{token}");
        for (part, times) in [(&letter.text, 1), (&letter.html, 3)] {
            assert_eq!((part.matches(&token).count(), part.matches(&link).count()), (times, times), "{part}");
        }
        assert!(!mail.head().contains(&token[..8]), "{}", mail.head());
    }
}

#[tokio::test]
async fn a_letter_shows_the_live_look_of_its_workspace() {
    let world = World::start("invlook").await;
    let owner = world.of(&world.owner);
    let workspace = format!("/api/workspaces/{}", world.owner.tenant);
    let signature =
        "<b>Ada</b> & <a href=\"https://evil.test\">sons</a><script>alert(1)</script><img src=\"https://evil.test/x\">";
    let look = json!({"emailSignature": signature, "showInCrm": false});
    owner.put(&format!("{workspace}/branding"), look).await.expect(200);
    let draft = json!({"emailSignature": "<i>not yet</i>"});
    owner.put(&format!("{workspace}/branding?state=draft"), draft).await.expect(200);
    let logo = world.hang(&encoded(&picture(64, 64, 1), ImageFormat::Png)).await;
    world.invite("reader@example.test", "viewer").await;
    let letter = world.mail.mails_to("reader@example.test", 1).await.remove(0).letter();
    assert!(letter.html.contains(&format!("<img src=\"{PUBLIC_URL}{logo}\"")), "{}", letter.html);
    assert!(letter.html.contains("<b>Ada</b> &amp; sons"), "{}", letter.html);
    assert!(letter.text.contains("-- \r\nAda & sons"), "{}", letter.text);
    for part in [&letter.html, &letter.text] {
        for never in ["evil.test", "alert", "not yet"] {
            assert!(!part.contains(never), "{never}: {part}");
        }
    }
    let shown = world.client().get(&logo).await.expect(200);
    assert_eq!(shown.header("content-type"), Some("image/png"), "whoever reads the mail sees it");
}

#[tokio::test]
async fn what_people_wrote_is_no_header_no_markup_and_no_link() {
    let world = World::start("invinjection").await;
    world.sql(&format!("SELECT annex.ensure_workspace('{}')", world.owner.tenant)).await;
    for (number, (workspace, first)) in [
        ("Evil\r\nBcc: all@victim.test", "Eve\r\nSubject: You won"),
        ("Evil\nContent-Type: text/plain\n\nhello", "Eve\u{2028}Bcc: all@victim.test"),
        ("<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>"),
        ("Call https://evil.test now", "www.evil.test"),
        ("evil.test", "me@evil.test"),
        ("{{link}} {{inviter}}", "{{address}}"),
        ("\u{202e}live\u{202c}", "\u{200b}\u{feff}"),
    ]
    .into_iter()
    .enumerate()
    {
        world.name(workspace, first, "").await;
        let address = format!("reader{number}@example.test");
        world.invite(&address, "viewer").await;
        let mail = world.mail.mails_to(&address, 1).await.remove(0);
        assert_eq!(mail.to, [address.as_str()], "the envelope, {workspace:?}");
        let head = unfolded(&mail.head());
        let mut names: Vec<&str> = head.iter().filter_map(|line| line.split_once(':')).map(|(name, _)| name).collect();
        names.sort_unstable();
        let wanted = ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"];
        assert_eq!(names, wanted, "{workspace:?}");
        assert!(head.contains(&format!("To: {address}")), "{head:?}");
        let letter = mail.letter();
        assert_eq!(letter.subject, "You have been invited to a workspace");
        for part in [&letter.text, &letter.html] {
            for bad in ["evil.test", "\u{202e}", "\u{200b}", "\u{2028}"] {
                assert!(!part.contains(bad), "{bad:?} of {workspace:?}: {part}");
            }
        }
        for bad in ["<script", "onerror=alert(1)>"] {
            assert!(!letter.html.contains(bad), "{bad} of {workspace:?}: {}", letter.html);
        }
        // One link: ours.
        let links: Vec<&str> = letter.html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let link = format!("{PUBLIC_URL}/_annex/invite#{}", letter.token());
        assert_eq!(links, [link.as_str(); 2], "{workspace:?}");
    }
}

#[tokio::test]
async fn an_international_domain_is_mailed_to_in_ascii_and_shown_as_typed() {
    let world = World::start("invidn").await;
    let issued = world.invite("Info@Bücher.example", "viewer").await;
    assert_eq!(text(&issued["email"]), "Info@Bücher.example");
    let mail = world.mail.mails_to("info@xn--bcher-kva.example", 1).await.remove(0);
    assert!(unfolded(&mail.head()).contains(&"To: info@xn--bcher-kva.example".to_owned()), "{}", mail.head());
    let again = json!({"email": "info@xn--bcher-kva.example", "role": "viewer"});
    assert_eq!(world.of(&world.owner).post(&world.path(), again).await.expect(409).code(), "ALREADY_INVITED");
}
