//! Looks and first steps arrive by our rules, and go back.

use base64::{Engine, engine::general_purpose::STANDARD};
use image::ImageFormat;

use super::{TABLES, place, says, succeeds, world};
use crate::branding::{encoded, picture};

/// Three workspaces: one with a look and a logo of its own, one whose logo stands elsewhere, one that is nobody's.
async fn fill(client: &tokio_postgres::Client) {
    let logo = STANDARD.encode(encoded(&picture(300, 200, 7), ImageFormat::Png));
    let sql = format!(
        "insert into tenants (id, name) values ('made', 'Made'), ('far', 'Far');
         insert into workspace_branding (workspace_id, logo_url, primary_color, secondary_color, accent_color, email_signature) values
           ('made', 'data:image/png;base64,{logo}', '#AA00BB', 'red', '#000000', '<b>Ada</b><img src=\"https://spy.example/x\">'),
           ('far', 'http://127.0.0.1:9/logo.png', null, null, null, null);
         insert into workspace_pdf_settings (workspace_id, footer_text, terms_and_conditions) values
           ('made', 'www.made.example', 'All of it');
         insert into workspace_onboarding_progress (workspace_id, is_dismissed, step1_add_branding, step2_invite_team, updated_at)
           values ('made', true, 'completed', 'skipped', '2029-02-03');"
    );
    client.batch_execute(&sql).await.expect("the later version's rows");
}

const KEPT: &str = "
    select concat_ws(' ', b.tenant_id, b.live, (select count(*) from annex.assets a where a.logo = b.logo), b.crm_kept)
    from annex.branding b order by 1";

const STEPS: &str = "
    select concat_ws(' ', o.tenant_id, s.key, s.value ->> 'status', (s.value ->> 'at')::date, o.dismissed_at::date)
    from annex.onboarding o, jsonb_each(o.steps) s order by 1";

#[tokio::test]
async fn looks_and_first_steps_arrive_cleaned_and_shown_by_nobody() {
    let place = place("laterlooks").await;
    fill(&place.client).await;
    let profiles = "select md5(string_agg(p::text, '' order by p.id)) from company_profiles p";
    let (before, crm) = (world(&place.database).await, place.text(profiles).await);
    let text = succeeds(&["import", "later"], &place.environment).await;
    says(
        &text,
        &[
            "not a colour like #1a2b3c (1)",
            "A signature arrives less what is not allowed in one (1)",
            "a logo whose picture stands elsewhere, upload it again (1)",
            "nothing here holds it (2)",
            "workspace_pdf_settings made terms_and_conditions",
        ],
    );
    assert_eq!(world(&place.database).await, before, "a dry run changed something");

    let told = place.import(&["--apply"]).await;
    assert_eq!(told["workspaces"][0]["branding"]["logo"], true, "{told}");
    let wanted = "made {\"pdfFooter\": \"www.made.example\", \"showInCrm\": false, \"primaryColor\": \"#aa00bb\", \
                  \"emailSignature\": \"<b>Ada</b>\"} 4 {}";
    assert_eq!(place.text(KEPT).await, [wanted]);
    let steps = ["made add_branding completed 2029-02-03 2029-02-03", "made invite_team skipped 2029-02-03 2029-02-03"];
    assert_eq!(place.text(STEPS).await, steps);
    let logo = "select logo_url from annex.workspaces where tenant_id = 'made'";
    assert!(place.text(logo).await[0].starts_with("/_annex/assets/"));
    assert_eq!(place.text(profiles).await, crm, "an import changed what the CRM shows");

    // Taken once: what people chose here since then stays.
    let chosen = "update annex.branding set live = '{\"primaryColor\": \"#000000\", \"showInCrm\": true}'";
    place.client.batch_execute(chosen).await.expect("a choice");
    let again = place.import(&["--apply"]).await.to_string();
    assert_eq!(again.matches("chosen_already").count(), 2, "{again}");
    assert!(place.text(KEPT).await[0].contains("#000000"));
}

#[tokio::test]
async fn looks_and_first_steps_go_back_and_come_again() {
    let place = place("laterlooksback").await;
    fill(&place.client).await;
    place.import(&["--apply"]).await;
    let header = "update annex.branding set live = live || '{\"pdfHeader\": \"Above\"}' where tenant_id = 'made'";
    place.client.batch_execute(header).await.expect("words above");
    let customer = format!(
        "insert into customers (tenant_id, owner_id, name, email) values ('made', '{}', 'First', 'first@example.test')",
        place.ada
    );
    place.client.batch_execute(&customer).await.expect("a customer");
    let script = succeeds(&["export", "later", "--schema", "copy"], &place.environment).await;
    says(&script, &["-- Left: copy has no place for the words above documents (workspace made)."]);
    let tables = TABLES.lines().filter(|line| !line.starts_with("alter")).collect::<Vec<_>>().join("\n");
    // Some of its installations keep a step as a boolean.
    let copy = format!(
        "create schema copy; set search_path = copy;
         create table tenants as select * from public.tenants; alter table tenants add primary key (id); {tables};
         alter table workspace_onboarding_progress alter step1_add_branding drop default,
           alter step1_add_branding type boolean using false; reset search_path;"
    );
    place.client.batch_execute(&copy).await.expect("an empty later version");
    for _ in 0..2 {
        place.client.batch_execute(&script).await.expect("the script, twice");
    }
    let look = "select concat_ws(' ', workspace_id, left(logo_url, 22), primary_color, secondary_color, email_signature, footer_text)
                from copy.workspace_branding join copy.workspace_pdf_settings using (workspace_id)";
    assert_eq!(place.text(look).await, ["made data:image/png;base64, #aa00bb <b>Ada</b> www.made.example"]);
    let steps = "select concat_ws(' ', workspace_id, is_completed, is_dismissed, current_step, step1_add_branding,
                   step2_invite_team, step3_create_customer, step4_create_product)
                 from copy.workspace_onboarding_progress";
    // The customer is seen in the rows: nobody said so.
    assert_eq!(place.text(steps).await, ["made f t 4 t skipped completed pending"]);

    // And from there into an Annex that knows nothing.
    let before = "select live - 'pdfHeader' from annex.branding";
    let kept = place.text(&format!("select ({before})::text")).await;
    succeeds(&["migrate", "down", "--to", "0", "--yes"], &place.environment).await;
    succeeds(&["migrate", "up"], &place.environment).await;
    let owner = place.database.connect_as_owner().await;
    let role: String = owner.query_one("select current_user::text", &[]).await.expect("a role").get(0);
    let grant =
        format!("grant usage on schema copy to \"{role}\"; grant select on all tables in schema copy to \"{role}\"");
    place.client.batch_execute(&grant).await.expect("a grant");
    place.import(&["--apply", "--schema", "copy"]).await;
    assert_eq!(place.text(&format!("select ({before})::text")).await, kept);
    let wanted = ["made add_branding completed", "made create_customer completed", "made invite_team skipped"];
    let said = "select concat_ws(' ', o.tenant_id, s.key, s.value ->> 'status')
                from annex.onboarding o, jsonb_each(o.steps) s order by 1";
    assert_eq!(place.text(said).await, wanted);
    assert_eq!(place.text("select px::text from annex.assets order by assets.px").await, ["32", "64", "128", "256"]);
}
