#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::json;

use super::*;

fn shown(branding: Value, documents: Value) -> (Option<Showing>, Vec<(String, Why)>) {
    let mut told = Vec::new();
    let workspace = "made".to_owned();
    let taken = Shown { workspace, branding: columns(branding), documents: columns(documents) }.taken(&mut told);
    (taken, told.into_iter().map(|left| (left.about, left.why)).collect())
}

fn said(row: Value) -> Vec<(&'static str, &'static str)> {
    let progress = Progress { workspace: "made".to_owned(), columns: columns(row), at: None };
    let taken = progress.taken(Timestamp::UNIX_EPOCH);
    taken.said.iter().map(|(step, status)| (step.name(), status.name())).collect()
}

#[test]
fn what_has_a_place_here_is_taken_and_the_rest_is_told() {
    let branding = json!({
        "logo_url": "https://cdn.example/logo.png", "primary_color": "#AABBCC", "secondary_color": "red",
        "accent_color": "#111111", "favicon_url": "", "email_signature": "<p>Ada</p><script>x</script>",
        "custom_domain": null, "custom_domain_verified": false,
    });
    let (taken, told) = shown(branding, json!({"footer_text": "A\nB", "terms_and_conditions": "all"}));
    let Showing { look, logo } = taken.unwrap();
    assert_eq!((look.primary_color, look.secondary_color), (Color::parse("#aabbcc"), None));
    assert_eq!((look.pdf_footer.as_deref(), logo), (Some("A\nB"), None));
    assert_eq!(look.email_signature.unwrap().html(), "<p>Ada</p>");
    assert!(!look.show_in_crm, "what arrives is not written into the CRM");
    let wanted = [
        ("secondary_color", Why::NotAColor),
        ("email_signature", Why::Cleaned),
        ("logo_url", Why::PictureElsewhere),
        ("accent_color", Why::NoPlace),
        ("terms_and_conditions", Why::NoPlace),
    ];
    assert_eq!(told, wanted.map(|(about, why)| (about.to_owned(), why)));
}

#[test]
fn a_row_that_says_nothing_is_nothing() {
    assert_eq!(shown(json!({"primary_color": null, "email_signature": "  "}), json!({})), (None, Vec::new()));
    let (taken, told) =
        shown(json!({"logo_url": "data:image/png;base64,AAAA"}), json!({"footer_text": "x".repeat(501)}));
    assert_eq!(taken, None);
    let wanted = [("footer_text", Why::NotWords), ("logo_url", Why::NotAPicture)];
    assert_eq!(told, wanted.map(|(about, why)| (about.to_owned(), why)));
}

#[test]
fn steps_are_known_by_their_number() {
    let row = json!({"step1_add_branding": "completed", "step2_invite_team": "skipped", "step3_add_client": "maybe",
        "step4_first_project": true, "step5_create_proposal": false, "step10_x": "completed"});
    let wanted = [("add_branding", "completed"), ("invite_team", "skipped"), ("create_product", "completed")];
    assert_eq!(said(row), wanted);
    let all = said(json!({"is_completed": true, "step2_invite_team": "skipped"}));
    let completed = all.iter().filter(|(_, status)| *status == "completed").count();
    assert_eq!((all.len(), completed), (5, 4), "what somebody called complete is complete");
}
