//! `annex audit verify`: a changed log is found, and where.

use annex_tests::sidecar::annex;
use serde_json::{Value, json};

use super::Site;

#[tokio::test]
async fn a_whole_log_is_said_to_be_whole_and_a_changed_one_where_it_is_changed() {
    let site = Site::start("auditverify").await;
    site.happens(20, "member.joined", "somebody").await;
    let environment = &site.scene.annex.environment;
    let whole = annex(&["audit", "verify"], environment).await;
    assert_eq!((whole.status, whole.stdout.contains("whole")), (0, true), "{}{}", whole.stdout, whole.stderr);
    let superuser = site.scene.database.connect().await;
    let forge = "ALTER TABLE annex.audit_events DISABLE TRIGGER audit_events_refuse_change;
                 UPDATE annex.audit_events SET actor_id = 'somebody-else' WHERE seq = 7;
                 ALTER TABLE annex.audit_events ENABLE ALWAYS TRIGGER audit_events_refuse_change";
    superuser.batch_execute(forge).await.expect("a superuser can");
    for arguments in [vec!["audit", "verify"], vec!["audit", "verify", "--workspace", &site.owner.tenant]] {
        let broken = annex(&arguments, environment).await;
        assert_eq!(broken.status, 1, "{arguments:?}: {}{}", broken.stdout, broken.stderr);
        assert!(
            broken.stdout.contains(&site.owner.tenant) && broken.stdout.contains("was changed after"),
            "{}",
            broken.stdout
        );
    }
    let told = annex(&["audit", "verify", "--json"], environment).await;
    let told: Value = serde_json::from_str(&told.stdout).expect("JSON");
    assert_eq!(
        told["broken"],
        json!([{ "workspaceId": site.owner.tenant, "seq": 7, "problem": "was changed after it was written" }])
    );
    let other = annex(&["audit", "verify", "--workspace", "another"], environment).await;
    assert_eq!(other.status, 0, "another chain is whole");
}
