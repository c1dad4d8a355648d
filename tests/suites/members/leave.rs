//! Going of one's own will.

use serde_json::json;

use super::{Place, said};

#[tokio::test]
async fn whoever_joined_may_leave_and_the_owner_and_the_last_admin_may_not() {
    let place = Place::start("memberleave").await;
    let (second, person) = (place.join("second", "admin").await, place.join("person", "viewer").await);
    // Their own home is on, so that they still are somebody here when they have left.
    for on in [&second, &person] {
        place.scene.flag(&on.tenant, true).await;
    }
    place.scene.settle().await;
    let leave = place.path("/leave");
    assert_eq!(said(&place.of(&place.owner).post(&leave, json!({})).await), "409 OWNER_MUST_TRANSFER");
    assert_eq!(said(&place.of(&person).post(&leave, json!({"why": "x"})).await), "400 VALIDATION_FAILED");

    let once = place.of(&person).header("idempotency-key", "k");
    let left = once.post(&leave, json!({})).await.expect(200);
    assert_eq!(left.json(), json!({"message": "You left the workspace"}));
    assert_eq!(
        said(&place.of(&person).workspace(&place.id).get("/api/customers").await),
        "403 WORKSPACE_ACCESS_DENIED"
    );
    assert_eq!(once.post(&leave, json!({})).await.expect(200).json(), left.json(), "the same request again");
    assert_eq!(said(&place.of(&person).post(&leave, json!({})).await), "403 WORKSPACE_ACCESS_DENIED");

    // An Admin may go while another is left, by rows as by the CRM's own word.
    place.sql(&format!("UPDATE annex.workspaces SET owner_user_id = NULL WHERE tenant_id = '{}'", place.id)).await;
    place.sql(&format!("UPDATE users SET is_active = false WHERE id = '{}'", place.owner.id)).await;
    assert_eq!(
        said(&place.of(&second).post(&leave, json!({})).await),
        "409 LAST_ADMIN",
        "the other one cannot sign in"
    );
    place.sql(&format!("UPDATE users SET is_active = true WHERE id = '{}'", place.owner.id)).await;
    place.of(&second).post(&leave, json!({})).await.expect(200);
    assert_eq!(said(&place.of(&place.owner).post(&leave, json!({})).await), "409 LAST_ADMIN");
    assert_eq!(place.told().await, "member.left member.left");
    assert_eq!(place.admins().await, 1);
}
