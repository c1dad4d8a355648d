//! A letter as people see it: what the mail server received, in a browser, on a desk and on a narrow telephone, by day and
//! in the dark.

use annex_tests::browser::{Look, Page};
use image::ImageFormat;
use serde_json::{Value, json};

use super::{PUBLIC_URL, World};
use crate::branding::{encoded, picture};

const SEEN: &str = include_str!("rendered.js");

const LOOKS: [Look; 4] = [
    Look { width: 640, scheme: "light" },
    Look { width: 320, scheme: "light" },
    Look { width: 640, scheme: "dark" },
    Look { width: 320, scheme: "dark" },
];

/// Words as long as they may be, and a signature that hides itself in one of the two schemes and is wide.
const NAME: &str = "Büro Süd & Söhne Donaudampfschifffahrtsgesellschaftsverw mbH";
const SIGNATURE: &str = "<b>Ada Cedar</b><br><span style=\"color:#4b5563\">Cedar Studio</span><br>\
    <table><tr><td>Harbour</td><td>Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen</td></tr></table>";

impl World {
    /// Colour, signature and logo; the path of the logo.
    async fn dress(&self, color: &str, logo: &[u8]) -> String {
        let workspace = format!("/api/workspaces/{}", self.owner.tenant);
        let look = json!({"primaryColor": color, "emailSignature": SIGNATURE, "showInCrm": false});
        self.of(&self.owner).put(&format!("{workspace}/branding"), look).await.expect(200);
        self.hang(logo).await
    }
}

#[tokio::test]
async fn a_letter_is_read_and_followed_on_every_screen_by_day_and_in_the_dark() {
    let world = World::start("invrendered").await;
    let logo_bytes = encoded(&picture(64, 64, 1), ImageFormat::Png);
    let logo = format!("{PUBLIC_URL}{}", world.dress("#0b6e4f", &logo_bytes).await);
    let named = "UPDATE annex.workspaces SET name = $2 WHERE tenant_id = $1";
    world.database.connect().await.execute(named, &[&world.owner.tenant, &NAME]).await.expect("a name");
    let mut letters = Vec::new();
    for (language, address, button) in [
        ("en", "a.reader.with.a.long.name@a-subsidiary-of-somebody.example.test", "See the invitation"),
        ("de", "leserin@example.test", "Einladung ansehen"),
    ] {
        let body = json!({"email": address, "role": "finance", "language": language});
        world.of(&world.owner).post(&world.path(), body).await.expect(201);
        letters.push((language, button, world.mail.mails_to(address, 1).await.remove(0).letter()));
    }
    let mut page = Page::open().await;
    for (language, button, letter) in letters {
        let link = format!("{PUBLIC_URL}/_annex/invite#{}", letter.token());
        page.show(&letter.html, &[(&logo, logo_bytes.clone())]).await;
        for look in LOOKS {
            page.look(look).await;
            let seen = page.ask(SEEN).await;
            assert_eq!(seen["problems"], json!([]), "{language} {look:?}");
            assert_eq!((&seen["language"], &seen["title"]), (&json!(language), &json!(letter.subject)));
            let links = seen["links"].as_array().expect("links");
            assert_eq!(links.iter().map(|link| &link["href"]).collect::<Vec<_>>(), [&json!(link), &json!(link)]);
            assert_eq!((&links[0]["text"], &links[1]["text"]), (&json!(button), &json!(link)), "{language} {look:?}");
            assert!(links[0]["height"].as_i64() >= Some(44), "a thumb meets it: {seen}");
            assert_eq!(seen["pictures"][0]["loaded"], json!(true), "{seen}");
            assert_eq!(seen["button"], json!([11, 110, 79]), "the colour of the workspace");
            assert_eq!(seen["ground"][0].as_i64() < Some(64), look.scheme == "dark", "{seen}");
            // What is for the list of mails alone is not read twice.
            let name = NAME.split(' ').next().expect("a word");
            assert_eq!(seen["visible"].as_str().expect("words").matches(name).count(), 1, "{seen}");
        }
        // Nothing leaves but for the logo, and nothing runs.
        assert_eq!(page.asked(), [logo.as_str()]);
        assert_eq!(page.ask("document.scripts.length").await, json!(0));
    }
}

#[tokio::test]
async fn a_button_is_seen_whatever_the_colour_of_the_workspace() {
    let world = World::start("invbutton").await;
    let logo = encoded(&picture(64, 64, 1), ImageFormat::Png);
    let mut letters = Vec::new();
    for (color, wanted) in [
        ("#ffd400", json!([29, 78, 216])), // Not seen on white: ours instead.
        ("#e8590c", json!([232, 89, 12])), // Black reads on it.
        ("#0b1f3a", json!([11, 31, 58])),
    ] {
        world.dress(color, &logo).await;
        let address = format!("reader{}@example.test", &color[1..]);
        world.invite(&address, "viewer").await;
        letters.push((color, wanted, world.mail.mails_to(&address, 1).await.remove(0).letter()));
    }
    let mut page = Page::open().await;
    for (color, wanted, letter) in letters {
        page.show(&letter.html, &[]).await;
        for look in LOOKS {
            page.look(look).await;
            let seen = page.ask(SEEN).await;
            assert_eq!((&seen["button"], &seen["problems"]), (&wanted, &json!([])), "{color} {look:?}");
            // Pictures are often not shown: the letter stands without them.
            assert_eq!(seen["pictures"][0]["loaded"], json!(false));
        }
    }
}

/// The control: each thing that is looked for is found where it is.
#[tokio::test]
async fn what_is_wrong_with_a_letter_is_found() {
    let around = |middle: &str| {
        format!(
            "<!doctype html><html lang=en><title>x</title><body style=\"margin:0;color:#111;background:#fff\">\
             <div class=card><span class=button><a href=\"https://a.test/\">Go</a></span>{middle}</div>"
        )
    };
    let mut page = Page::open().await;
    page.look(Look { width: 320, scheme: "light" }).await;
    for (rule, middle, wanted) in [
        ("nothing", "<p>Fine", None),
        ("too wide", "<div style=\"width:700px\">x</div>", Some("wide")),
        ("hard to read", "<p style=\"color:#999\">x", Some("hard to read")),
        ("too small", "<p style=\"font-size:11px\">x", Some("too small")),
        ("covered", "<div style=\"position:fixed;inset:0\"></div>", Some("click")),
        ("no words", "<img src=\"https://b.test/x.png\">", Some("says nothing")),
    ] {
        page.show(&around(middle), &[]).await;
        let problems = page.ask(SEEN).await["problems"].clone();
        let found = problems.as_array().expect("a list").iter().any(|problem| {
            wanted.is_none_or(|wanted| problem.as_str().is_some_and(|problem| problem.contains(wanted)))
        });
        assert_eq!(found, wanted.is_some(), "{rule}: {problems}");
        assert_eq!(page.asked().is_empty(), rule != "no words", "{rule}");
    }
    page.show(&around("<script>document.title = 'ran'</script>"), &[]).await;
    assert_eq!(page.ask("document.title").await, Value::from("ran"), "the browser would run what is not taken out");
}
