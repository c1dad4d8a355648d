//! From a file that somebody sends to pictures that everybody sees.

use annex_tests::http::raw;
use image::ImageFormat;
use serde_json::{Value, json};

use super::{encoded, events, get, mistakes, picture, scene, send_logo};

#[tokio::test]
async fn a_logo_is_drawn_anew_and_shown_wherever_the_workspace_is_named() {
    let (scene, owner, path) = scene("logo").await;
    for (shade, (content_type, format)) in
        [("image/png", ImageFormat::Png), ("image/jpeg", ImageFormat::Jpeg), ("image/webp", ImageFormat::WebP)]
            .into_iter()
            .enumerate()
    {
        let sent = encoded(&picture(300, 200, u8::try_from(shade).unwrap()), format);
        let answer = send_logo(&scene, &owner, content_type, &sent).await;
        assert_eq!(answer.status, 200, "{content_type}: {}", answer.text());
        let logo = answer.json()["logo"].clone();
        let url = logo["url"].as_str().expect("a path").to_owned();
        for size in logo["sizes"].as_array().expect("sizes") {
            let (px, url) = (size["px"].as_u64().unwrap(), size["url"].as_str().unwrap());
            let shown = get(&scene, url, "").await;
            let drawn = image::load_from_memory_with_format(&shown.body, ImageFormat::Png).expect("a PNG");
            assert_eq!((u64::from(drawn.width()), u64::from(drawn.height())), (px, px));
        }
        let list = scene.client(&owner).get("/api/workspaces").await.expect(200).json();
        assert_eq!(list["workspaces"][0]["workspace"]["logoUrl"], json!(url), "{content_type}");
        assert_eq!(scene.client(&owner).get(&path).await.expect(200).json()["logo"], logo);
    }
    let told = events(&scene, &owner.tenant, "branding.changed").await;
    assert_eq!(told, vec![json!({"how": "logo", "changed": ["logo"]}); 3]);
}

#[tokio::test]
async fn a_picture_is_served_as_a_picture_and_nothing_else() {
    let (scene, owner, _) = scene("served").await;
    let answer = send_logo(&scene, &owner, "image/png", &encoded(&picture(64, 64, 1), ImageFormat::Png)).await;
    let url = answer.json()["logo"]["url"].as_str().expect("a path").to_owned();
    // Nobody is asked who they are, and the flag is nobody's matter: mails that were sent point here.
    scene.flag(&owner.tenant, false).await;
    scene.settle().await;
    let shown = get(&scene, &url, "").await;
    assert_eq!(shown.status, 200);
    for (name, value) in [
        ("content-type", "image/png"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("cache-control", "public, max-age=31536000, immutable"),
    ] {
        assert_eq!(shown.header(name), Some(value), "{name}");
    }
    let tag = shown.header("etag").expect("an ETag").to_owned();
    let known = get(&scene, &url, &format!("If-None-Match: {tag}\r\n")).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    let any = get(&scene, &url, "If-None-Match: \"x\", W/\"y\"\r\n").await;
    assert_eq!((any.status, any.header("etag")), (200, Some(tag.as_str())));
    // What everybody may keep says nothing of whoever asked first.
    let person = format!("Authorization: Bearer {}\r\nX-Workspace-Id: {}\r\n", owner.access, owner.tenant);
    let asked = get(&scene, &url, &person).await;
    assert_eq!((asked.status, asked.header("set-cookie"), &asked.body), (200, None, &shown.body));
    let head = format!("HEAD {url} HTTP/1.1\r\nHost: annex\r\nConnection: close\r\n\r\n");
    let head = raw::exchange(scene.annex.port, head.as_bytes()).await;
    let length = shown.body.len().to_string();
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (200, 0, Some(length.as_str())));
    let other = "0".repeat(64);
    for wrong in [
        url.replace(".png", ".svg"),
        url.replace(".png", ""),
        url.to_uppercase().replace("/_ANNEX/ASSETS", "/_annex/assets").replace(".PNG", ".png"),
        format!("/_annex/assets/{other}.png"),
        "/_annex/assets/../../etc/passwd".to_owned(),
        "/_annex/assets/".to_owned(),
    ] {
        let refused = get(&scene, &wrong, "").await;
        assert!([400, 404].contains(&refused.status), "{wrong}: {}", refused.status);
        assert_ne!(refused.header("cache-control"), Some("public, max-age=31536000, immutable"), "{wrong}");
    }
}

#[tokio::test]
async fn the_same_picture_has_another_name_in_another_workspace() {
    let (scene, owner, _) = scene("names").await;
    let other = scene.agency("other").await;
    scene.flag(&other.tenant, true).await;
    scene.settle().await;
    let png = encoded(&picture(64, 64, 1), ImageFormat::Png);
    let name = async |person| send_logo(&scene, person, "image/png", &png).await.json()["logo"]["url"].clone();
    let (one, two, again) = (name(&owner).await, name(&other).await, name(&owner).await);
    assert!(one != two && one == again, "{one} {two} {again}");
}

#[tokio::test]
async fn what_is_no_plain_picture_is_refused() {
    let (scene, owner, path) = scene("refused").await;
    let png = encoded(&picture(300, 300, 1), ImageFormat::Png);
    let jpeg = encoded(&picture(300, 300, 1), ImageFormat::Jpeg);
    let webp = encoded(&picture(300, 300, 1), ImageFormat::WebP);
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".as_slice();
    let gif = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";
    let html = b"<html><script>alert(1)</script></html>".as_slice();
    let table: &[(&str, &str, &[u8], u16, &str)] = &[
        ("SVG as itself", "image/svg+xml", svg, 415, ""),
        ("SVG as PNG", "image/png", svg, 400, "not_what_it_says"),
        ("GIF as itself", "image/gif", gif, 415, ""),
        ("GIF as PNG", "image/png", gif, 400, "not_what_it_says"),
        ("HTML as PNG", "image/png", html, 400, "not_what_it_says"),
        ("a PNG as JPEG", "image/jpeg", &png, 400, "not_what_it_says"),
        ("a JPEG as WebP", "image/webp", &jpeg, 400, "not_what_it_says"),
        ("a PNG behind HTML", "image/png", &[html, &png].concat(), 400, "not_what_it_says"),
        ("no kind", "application/octet-stream", &png, 415, ""),
        ("half a PNG", "image/png", &png[..png.len() / 2], 400, "unreadable"),
        ("half a JPEG", "image/jpeg", &jpeg[..jpeg.len() / 2], 400, "unreadable"),
        ("half a WebP", "image/webp", &webp[..webp.len() / 2], 400, "unreadable"),
        ("nothing", "image/png", b"", 400, "required"),
        ("too much", "image/png", &[png.as_slice(), &vec![0; 1024 * 1024]].concat(), 413, ""),
    ];
    for (what, content_type, body, status, code) in table {
        let answer = send_logo(&scene, &owner, content_type, body).await;
        let told = mistakes(&answer.json());
        assert_eq!((answer.status, told.first().map_or("", |(_, code)| code.as_str())), (*status, *code), "{what}");
    }
    assert_eq!(scene.client(&owner).get(&path).await.header("etag"), Some("\"0\""), "something was kept");
    assert!(events(&scene, &owner.tenant, "branding.changed").await.is_empty());
}

#[tokio::test]
async fn what_stands_behind_a_picture_is_not_served() {
    let (scene, owner, _) = scene("behind").await;
    let html = b"<html><script>alert(1)</script></html>";
    for (content_type, format) in [("image/png", ImageFormat::Png), ("image/jpeg", ImageFormat::Jpeg)] {
        let sent = [encoded(&picture(100, 100, 9), format).as_slice(), html].concat();
        let answer = send_logo(&scene, &owner, content_type, &sent).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        for size in answer.json()["logo"]["sizes"].as_array().expect("sizes") {
            let shown = get(&scene, size["url"].as_str().unwrap(), "").await;
            assert!(!shown.body.windows(6).any(|six| six == b"script"), "{content_type}: {size}");
        }
    }
}

#[tokio::test]
async fn a_bomb_costs_no_memory() {
    let (scene, owner, path) = scene("bomb").await;
    let png = encoded(&picture(64, 64, 1), ImageFormat::Png);
    let warm = send_logo(&scene, &owner, "image/png", &encoded(&picture(2048, 2048, 1), ImageFormat::Jpeg)).await;
    assert_eq!(warm.status, 400);
    let pid = scene.annex.program().pid();
    let before = peak_kb(pid);
    for (width, height) in [(30_000, 30_000), (65_535, 65_535), (0x7fff_ffff, 0x7fff_ffff), (4_097, 1), (4_096, 4_096)]
    {
        let answer = send_logo(&scene, &owner, "image/png", &resized(&png, width, height)).await;
        let told = mistakes(&answer.json());
        assert_eq!((answer.status, told[0].1.as_str()), (400, "too_many_pixels"), "{width}×{height}");
    }
    // The largest that is taken, by many at once: a few are decoded at a time.
    let large = encoded(&picture(4_096, 2_048, 1), ImageFormat::Png);
    assert!(large.len() < 1024 * 1024, "{}", large.len());
    let sent = (0..8).map(|_| send_logo(&scene, &owner, "image/png", &large));
    for answer in futures_util::future::join_all(sent).await {
        assert!([200, 503].contains(&answer.status), "{}", answer.text());
    }
    let grown = peak_kb(pid).saturating_sub(before);
    assert!(grown < 400 * 1024, "the process grew by {grown} kB");
    scene.client(&owner).get(&path).await.expect(200);
}

#[tokio::test]
async fn a_logo_that_is_taken_away_is_gone() {
    let (scene, owner, path) = scene("gone").await;
    let logo = |answer: &Value| answer["logo"]["url"].as_str().map(str::to_owned);
    let mut urls = Vec::new();
    for shade in 0..8 {
        let answer = send_logo(&scene, &owner, "image/png", &encoded(&picture(64, 64, shade), ImageFormat::Png)).await;
        urls.extend(logo(&answer.json()));
    }
    // Mails point at older ones; the oldest went.
    let mut statuses = Vec::new();
    for url in &urls {
        statuses.push(get(&scene, url, "").await.status);
    }
    assert_eq!(statuses, [404, 404, 200, 200, 200, 200, 200, 200]);
    let client = scene.client(&owner);
    let stale = client.header("if-match", "\"1\"").delete(&path.replace("branding", "logo")).await.expect(412);
    assert_eq!(stale.code(), "STALE_VERSION");
    let gone = client.delete(&path.replace("branding", "logo")).await.expect(200).json();
    assert_eq!(gone["logo"], Value::Null);
    for url in &urls {
        assert_eq!(get(&scene, url, "").await.status, 404, "{url}");
    }
    let list = client.get("/api/workspaces").await.expect(200).json();
    assert_eq!(list["workspaces"][0]["workspace"]["logoUrl"], Value::Null);
}

/// A PNG whose header says another size; its checksum is right.
fn resized(png: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png.to_vec();
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// The checksum of a chunk (PNG, annex D).
pub(super) fn crc(bytes: &[u8]) -> u32 {
    let step = |mut rest: u32| {
        for _ in 0..8 {
            rest = if rest & 1 == 1 { 0xedb8_8320 ^ (rest >> 1) } else { rest >> 1 };
        }
        rest
    };
    !bytes.iter().fold(u32::MAX, |sum, byte| step((sum ^ u32::from(*byte)) & 0xff) ^ (sum >> 8))
}

/// The most memory that a process ever held.
pub(super) fn peak_kb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("its peak");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}
