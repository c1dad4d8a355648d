//! The lines of `docs/API.md`, as somebody types them.

use annex_tests::document::{self, lines};
use annex_tests::folder::Folder;
use image::ImageFormat;

use super::{encoded, events, picture, scene};

#[tokio::test]
async fn every_line_of_the_document_does_what_it_says() {
    let (scene, owner, _) = scene("documented").await;
    let folder = Folder::new("branding");
    folder.write("logo.png", encoded(&picture(300, 200, 1), ImageFormat::Png));
    let typed = [lines("Branding", 4), lines("First steps", 4)].concat();
    let variables = [("A", &*scene.annex.url), ("T", &owner.access), ("W", &owner.tenant)];
    let said = document::typed(&typed, folder.path(), &variables).await;
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
