//! The lines of `docs/API.md`, as somebody types them.

use annex_tests::folder::Folder;
use annex_tests::tree;
use image::ImageFormat;

use super::{encoded, events, picture, scene};

/// What stands between the fences of a part of the document.
fn lines(part: &str) -> String {
    let document = std::fs::read_to_string(tree::root().join("docs/API.md")).expect("the document");
    let (_, rest) = document.split_once(&format!("\n## {part}\n")).expect("the part");
    let pieces = rest.split("\n## ").next().expect("the part").split("```sh\n").skip(1);
    pieces.filter_map(|piece| piece.split_once("```")).map(|(block, _)| block).collect()
}

#[tokio::test]
async fn every_line_of_the_document_does_what_it_says() {
    let (scene, owner, _) = scene("documented").await;
    let folder = Folder::new("branding");
    folder.write("logo.png", encoded(&picture(300, 200, 1), ImageFormat::Png));
    let typed = [lines("Branding"), lines("First steps")];
    assert!(typed.iter().all(|lines| lines.matches("curl ").count() >= 4), "{typed:#?}");
    // A line that fails ends the script with its number; the lines stay as they stand.
    let script =
        format!("set -euo pipefail\ncurl() {{ command curl --fail-with-body \"$@\"; echo; }}\n{}", typed.concat());
    let output = tokio::process::Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder.path())
        .env("A", &scene.annex.url)
        .env("T", &owner.access)
        .env("W", &owner.tenant)
        .output()
        .await
        .expect("bash runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    for words in [
        "\"draft\":{\"primaryColor\":\"#1a4f8b\"",
        "\"live\":{\"primaryColor\":\"#1a4f8b\"",
        "/_annex/assets/",
        "skipped",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let hows: Vec<_> = events(&scene, &owner.tenant, "branding.changed").await;
    let hows: Vec<&str> = hows.iter().filter_map(|details| details["how"].as_str()).collect();
    assert_eq!(hows, ["draft", "publish", "logo", "logo", "reset"]);
}
