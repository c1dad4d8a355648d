//! Every operation on a workspace that is off, and on one that is deleted: members learn which, strangers learn nothing.

use annex_tests::http::json::Client;
use annex_tests::scene::Scene;
use reqwest::Method;

use super::callers::{ADMIN, People, STRANGER};
use super::{Prepared, examples, prepare, told};
use crate::openapi::{document, operations};

/// What is there for a workspace that is deleted.
const RESTORE: &str = "/api/workspaces/{id}/restore";

#[tokio::test]
async fn every_operation_on_a_workspace_that_is_off_or_deleted_says_so_to_members_alone() {
    let scene = Scene::start("apistates", |options| options).await;
    let people = People::register(&scene).await;
    let operations = operations(&document().await);
    let on_one: Vec<_> = operations.iter().filter(|(_, path)| path.starts_with("/api/workspaces/{id}")).collect();
    assert!(on_one.len() > 40, "{}", on_one.len());
    let client = scene.database.connect_as_owner().await;
    let delete = "UPDATE annex.workspaces SET deleted_at = now() WHERE tenant_id = $1";
    let mut asked = Vec::new();
    for operation in on_one {
        for state in ["off", "deleted"] {
            let one = prepare(&scene, &people, examples::of(operation)).await;
            let workspace = &one.named["id"];
            match state {
                "off" => scene.flag(workspace, false).await,
                _ => drop(client.execute(delete, &[workspace]).await.expect("a deletion")),
            }
            asked.push((operation, state, one));
        }
    }
    scene.settle().await;
    let mut wrong = Vec::new();
    for ((method, address), state, Prepared { path, body, .. }) in asked {
        let body = body.filter(|body| body != examples::PICTURE);
        for (caller, wanted) in [
            (STRANGER, "403 WORKSPACE_ACCESS_DENIED"),
            (ADMIN, if state == "off" { "403 MULTI_WORKSPACE_DISABLED" } else { "410 WORKSPACE_DELETED" }),
        ] {
            if caller == ADMIN && state == "deleted" && address == RESTORE {
                continue;
            }
            let token = people.token(caller).expect("somebody");
            let method: Method = method.parse().expect("a method");
            let answer = Client::new(&scene.annex.url).bearer(token).send(method, &path, body.clone()).await;
            let got = told(answer.status, &answer.text);
            if got != wanted {
                wrong.push(format!("{address}, {state}: {got}, not {wanted}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
