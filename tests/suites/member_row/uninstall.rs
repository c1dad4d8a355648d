//! Leaving for good: no active row of ours is left in the CRM, and nobody takes the schema out before.

use annex_tests::http::json::Client;
use serde_json::json;

use super::{House, environment, start};
use crate::cli::{fails, says, succeeds, with};

#[tokio::test]
async fn uninstalling_lists_and_deactivates_every_shadow_user_and_only_then_the_schema_goes() {
    let scene = start("memberrowuninstall").await;
    let houses = [House::new(&scene, "admin").await, House::new(&scene, "viewer").await];
    let everywhere = environment(&scene);
    says(&fails(1, &["migrate", "down", "--yes"], everywhere).await, &["2 shadow users are active", "annex uninstall"]);
    // What was applied later is out already: nothing of it is needed to leave, and it comes back.
    let planned = succeeds(&["uninstall", "--dry-run"], everywhere).await;
    succeeds(&["migrate", "up"], everywhere).await;
    for house in &houses {
        says(&planned, &[&house.shadow.id, &house.shadow.email, &house.guest.id, house.workspace()]);
    }
    says(&fails(2, &["uninstall"], everywhere).await, &["there is no terminal to ask at", "--yes"]);
    let claims = with(everywhere.clone(), "ANNEX_CRM_PROFILE", "nexus");
    says(&fails(1, &["uninstall", "--yes"], &claims).await, &["strategy `claims`", "Nothing was changed"]);
    says(&succeeds(&["doctor"], &claims).await, &["2 are active", "annex uninstall"]);
    for house in &houses {
        assert!(house.row(&scene).await.0, "nothing happened yet");
    }

    says(&succeeds(&["uninstall", "--yes"], everywhere).await, &["2 are inactive now", "annex migrate down"]);
    for house in &houses {
        assert_eq!(house.row(&scene).await, (false, false, "!".to_owned()));
    }
    says(&succeeds(&["uninstall", "--yes"], everywhere).await, &["No shadow user is active"]);
    says(&succeeds(&["migrate", "down", "--yes"], everywhere).await, &["Schema annex is gone."]);
    // What is left of them in the CRM lets nobody in.
    for house in &houses {
        let body = json!({"email": house.shadow.email, "password": "!"});
        assert_eq!(Client::new(&scene.crm.url).post("/api/auth/login", body).await.status, 401);
    }
}
