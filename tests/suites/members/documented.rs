//! The lines of `docs/API.md`, as somebody types them.

use annex_tests::document::{self, lines};
use annex_tests::folder::Folder;
use serde_json::json;

use super::Place;

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
    let (given, heirs) = (text(&given["id"]), text(&roles["data"][4]["id"]));
    let (annex, owner) = (&*place.scene.annex.url, &*place.owner.access);
    let variables = [("A", annex), ("T", owner), ("W", &*place.id), ("U", &*person.id), ("H", &*heir.id)];
    let variables =
        [variables.as_slice(), &[("M", &*leaver.access), ("E", "*"), ("R", &*given), ("V", &*heirs)]].concat();
    let folder = Folder::new("members");
    let said = document::typed(&lines("Members and roles", 10), folder.path(), &variables).await;
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
