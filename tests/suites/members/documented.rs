//! The lines of `docs/API.md`, as somebody types them.

use annex_tests::tree;
use serde_json::json;

use super::Place;

/// What stands between the fences of a part of the document.
fn lines(part: &str) -> String {
    let document = std::fs::read_to_string(tree::root().join("docs/API.md")).expect("the document");
    let (_, rest) = document.split_once(&format!("\n## {part}\n")).expect("the part");
    let pieces = rest.split("\n## ").next().expect("the part").split("```sh\n").skip(1);
    pieces.filter_map(|piece| piece.split_once("```")).map(|(block, _)| block).collect()
}

#[tokio::test]
async fn every_line_about_members_and_roles_does_what_it_says() {
    let place = Place::start("memberdocs").await;
    let (person, heir, leaver) = (
        place.join("person", "viewer").await,
        place.join("heir", "member").await,
        place.join("leaver", "viewer").await,
    );
    let given = json!({"name": "Given", "permissions": ["customers:read", "deals:read"]});
    let given = place.of(&place.owner).post(&place.path("/roles"), given).await.expect(201).json();
    let roles = place.of(&place.owner).get(&place.path("/roles")).await.expect(200).json();
    let text = |value: &serde_json::Value| value.as_str().expect("an id").to_owned();
    let typed = lines("Members and roles");
    assert!(typed.matches("curl ").count() >= 10, "{typed}");
    // A line that fails ends the script with its number; the lines stay as they stand.
    let script = format!("set -euo pipefail\ncurl() {{ command curl --fail-with-body \"$@\"; echo; }}\n{typed}");
    let output = tokio::process::Command::new("bash")
        .args(["-c", &script])
        .envs([("A", &place.scene.annex.url), ("T", &place.owner.access), ("W", &place.id), ("U", &person.id)])
        .envs([("H", &heir.id), ("M", &leaver.access), ("E", &"*".to_owned())])
        .envs([("R", text(&given["id"])), ("V", text(&roles["data"][4]["id"]))])
        .output()
        .await
        .expect("bash runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    for words in [
        "\"roleName\":\"Manager\"",
        "Member removed",
        "You left the workspace",
        "\"key\":\"sales-lead\"",
        "Role deleted",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(
        place.told().await,
        "role.created member.role_changed member.suspended member.removed member.left role.created role.changed role.deleted"
    );
}
