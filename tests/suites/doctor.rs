//! `annex doctor`: each thing that can be wrong is told in words an operator understands, with the remedy; and asking
//! changes nothing.

mod old_server;

use annex_tests::crm::{self, Crm};
use annex_tests::folder::Folder;
use annex_tests::postgres::{Cluster, Database};
use annex_tests::sidecar::{Options, annex, migrate};
use annex_tests::{redis, smtp, story};
use serde_json::{Value, json};

use crate::cli::{says, world};

/// One finding: its verdict, and its words with the remedy.
struct Found {
    verdict: String,
    words: String,
}

/// What the doctor found, and how it ended.
struct Visit {
    status: i32,
    found: Vec<Found>,
}

impl Visit {
    async fn pay(options: &Options, arguments: &[&str]) -> Self {
        let arguments: Vec<&str> = ["doctor", "--json"].into_iter().chain(arguments.iter().copied()).collect();
        let output = annex(&arguments, &options.environment).await;
        for secret in ["ANNEX_SECRET", "ANNEX_CRM_JWT_SECRET", "ANNEX_DATABASE_URL", "ANNEX_ADMIN_TOKEN"] {
            let value = options.get(secret).unwrap_or_default();
            assert!(value.is_empty() || !output.stdout.contains(value), "{secret} is printed:\n{}", output.stdout);
        }
        let told: Value = serde_json::from_str(&output.stdout)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}{}", output.stdout, output.stderr));
        let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        let found = told["findings"].as_array().expect("a list").iter().map(|finding| Found {
            verdict: text(finding, "verdict"),
            words: format!("{} {} → {}", text(finding, "question"), text(finding, "answer"), text(finding, "remedy")),
        });
        Visit { status: output.status, found: found.collect() }
    }

    fn of(&self, verdict: &str) -> Vec<&str> {
        self.found.iter().filter(|found| found.verdict == verdict).map(|found| found.words.as_str()).collect()
    }

    /// A question whose answer is good says this.
    #[track_caller]
    fn found_ok(&self, text: &str) {
        says(&self.of("ok").join("\n"), &[text]);
    }

    /// Something is wrong, and every text stands in what is.
    #[track_caller]
    fn bad(&self, texts: &[&str]) {
        assert_eq!(self.status, 1, "{:#?}", self.of("bad"));
        says(&self.of("bad").join("\n"), texts);
    }

    /// Nothing is wrong, and every text stands in the warnings.
    #[track_caller]
    fn warns(&self, texts: &[&str]) {
        assert_eq!((self.status, self.of("bad")), (0, Vec::new()));
        says(&self.of("warn").join("\n"), texts);
    }
}

/// Everything as it should be.
struct Well {
    database: Database,
    crm: Crm,
    options: Options,
}

async fn well(label: &str) -> Well {
    let database = Cluster::shared().seeded_database(label).await;
    let grant = "GRANT INSERT ON public.roles TO annex_app";
    database.connect().await.batch_execute(grant).await.expect("the superuser may");
    let crm = Crm::start(&database, crm::Options::default()).await;
    let options = Options::new(&crm, &database, None);
    migrate(&options).await;
    Well { database, crm, options }
}

#[tokio::test]
async fn a_sound_installation_is_well_and_asking_changes_nothing() {
    let well = well("doctorwell").await;
    let server = redis::Server::start().await;
    let options = well.options.clone().with("ANNEX_REDIS_URL", &server.url);
    let before = world(&well.database).await;
    let visit = Visit::pay(&options, &[]).await;
    visit.warns(&["--login EMAIL"]);
    assert!(visit.of("ok").len() >= 14, "{:#?}", visit.of("ok"));
    assert_eq!(world(&well.database).await, before, "the doctor changed something");

    let folder = Folder::new("doctor");
    let password = folder.write("password", "demo-ada-1\n").display().to_string();
    let visit = Visit::pay(&options, &["--login", "ada@aurora.test", "--password-file", &password]).await;
    visit.warns(&[]);
    says(&visit.of("ok").join("\n"), &["tokens verify? Yes (HS256)", "every claim of the profile"]);
}

#[tokio::test]
async fn whether_mail_leaves_is_tried_and_nobody_is_written_to() {
    let well = well("doctormail").await;
    let mut server = smtp::Server::start().await;
    let options =
        well.options.clone().with("ANNEX_MAIL_FROM", "crm@example.test").with("ANNEX_PUBLIC_URL", "https://crm.test");
    Visit::pay(&well.options, &[]).await.found_ok("Does mail leave? There is none");
    let smtp = options.clone().with("ANNEX_MAIL_SMTP_URL", server.url());
    Visit::pay(&smtp, &[]).await.found_ok("takes mail from us, unencrypted");
    assert!(server.mails().is_empty());
    server.stop().await;
    Visit::pay(&smtp, &[]).await.bad(&["Does mail leave? No: 127.0.0.1", "connection", "firewall"]);
    let folder = Folder::new("doctormail");
    let file = |path: String| options.clone().with("ANNEX_MAIL_TRANSPORT", "file").with("ANNEX_MAIL_FOLDER", path);
    let visit = Visit::pay(&file(folder.join("out").display().to_string()), &[]).await;
    visit.warns(&["nobody gets it"]);
    let visit = Visit::pay(&file(folder.join("no/such/parent").display().to_string()), &[]).await;
    visit.bad(&["Does mail leave? No", "make the folder"]);

    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let ca = folder.write("ca.pem", made.cert.pem()).display().to_string();
    let encrypted = smtp::Server::start_encrypted(smtp::Encryption::StartTls, &made).await;
    let with = |password: &str| {
        let url = format!("smtp://crm:{password}@localhost:{}?tls=required", encrypted.port);
        options.clone().with("ANNEX_MAIL_SMTP_URL", url)
    };
    let trusting = |password: &str| with(password).with("ANNEX_MAIL_CA_PATH", &ca);
    Visit::pay(&trusting("pass%3Aword"), &[]).await.found_ok("encrypted and signed in");
    Visit::pay(&trusting("wrong"), &[]).await.bad(&["login", "percent-encoded"]);
    Visit::pay(&with("pass%3Aword"), &[]).await.bad(&["tls", "ANNEX_MAIL_CA_PATH"]);
}

#[tokio::test]
async fn a_wrong_secret_is_told_as_one() {
    let well = well("doctorsecret").await;
    let options = well.options.clone().with("ANNEX_CRM_JWT_SECRET", "this-is-not-the-secret-of-the-crm-at-all");
    let folder = Folder::new("doctor");
    let ada = story::log_in(&well.crm.url, "ada@aurora.test", "demo-ada-1").await;
    let token = folder.write("token", &ada.access).display().to_string();
    Visit::pay(&options, &["--token-file", &token]).await.bad(&["signature does not verify", "ANNEX_CRM_JWT_SECRET"]);
    let password = folder.write("password", "not-the-password").display().to_string();
    let visit = Visit::pay(&well.options, &["--login", "ada@aurora.test", "--password-file", &password]).await;
    visit.bad(&["/api/auth/login answered 401"]);
}

#[tokio::test]
async fn a_refresh_token_is_told_from_an_access_token() {
    let well = well("doctorrefresh").await;
    let ada = story::log_in(&well.crm.url, "ada@aurora.test", "demo-ada-1").await;
    let folder = Folder::new("doctor");
    let token = folder.write("token", &ada.refresh).display().to_string();
    Visit::pay(&well.options, &["--token-file", &token]).await.bad(&["Is it an access token?"]);
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_told_plainly() {
    let well = well("doctorupstream").await;
    let refused = well.options.clone().with("ANNEX_UPSTREAM", "http://127.0.0.1:9");
    Visit::pay(&refused, &[]).await.bad(&["the connection is refused", "start the CRM"]);
    well.crm.pause();
    let silent = Visit::pay(&well.options, &[]).await;
    well.crm.resume();
    silent.bad(&["does not answer in time"]);
}

#[tokio::test]
async fn a_page_that_does_not_admit_the_switcher_is_told_with_the_directive() {
    let well = well("doctorpages").await;
    Visit::pay(&well.options, &[]).await.found_ok("Can the switcher stand");
    for (csp, answer) in [("strict", "by the nonce of its own policy"), ("sealed", "add `lit-html` to `trusted-types`")]
    {
        well.crm.switch(json!({"csp": csp})).await;
        let visit = Visit::pay(&well.options, &[]).await;
        let said = [visit.of("ok"), visit.of("warn")].concat().join("\n");
        assert!(said.contains(answer), "{csp}: {said}");
        visit.warns(&[]);
    }
}

#[tokio::test]
async fn a_missing_grant_comes_with_the_statement_that_gives_it_and_the_statement_works() {
    let well = well("doctorgrants").await;
    let superuser = well.database.connect().await;
    let revoke =
        "REVOKE SELECT ON public.users, public.deals FROM annex_app; REVOKE INSERT ON public.tenants FROM annex_app;
                  REVOKE SELECT, UPDATE ON annex.workspace_users FROM annex_app;
                  REVOKE EXECUTE ON FUNCTION annex.record_override FROM annex_app";
    superuser.batch_execute(revoke).await.expect("the superuser may");
    let before = world(&well.database).await;
    let visit = Visit::pay(&well.options, &[]).await;
    visit.bad(&[
        "GRANT SELECT (id, tenant_id, email, user_type, is_admin, is_active, first_name, last_name, profile_image_url) ON public.users TO annex_app;",
        "GRANT SELECT ON public.deals TO annex_app;",
        "GRANT INSERT ON public.tenants TO annex_app;",
        "ON annex.workspace_users TO annex_app;",
        "GRANT EXECUTE ON FUNCTION annex.record_override(",
    ]);
    assert_eq!(world(&well.database).await, before, "the doctor changed something");

    let all = visit.of("bad").join("\n");
    let statements: Vec<&str> =
        all.split(['\n', '→']).map(str::trim).filter(|line| line.starts_with("GRANT ")).collect();
    assert_eq!(statements.len(), 5, "{statements:#?}");
    superuser.batch_execute(&statements.join("\n")).await.expect("the statements work as they are");
    Visit::pay(&well.options, &[]).await.warns(&[]);
}

#[tokio::test]
async fn a_missing_an_edited_and_a_newer_schema_are_told_apart() {
    let well = well("doctorschema").await;
    let owner = well.database.connect_as_owner().await;
    let newer =
        "INSERT INTO annex.schema_migrations (number, name, up_sha256, down_sha256, verify_sha256, version, state)
                 VALUES (99, 'later', repeat('0', 64), repeat('0', 64), repeat('0', 64), '9.9.9', 'applied')";
    owner.batch_execute(newer).await.expect("the owner may");
    Visit::pay(&well.options, &[]).await.bad(&["0099_later is newer than this binary"]);
    let edited = "DELETE FROM annex.schema_migrations WHERE number = 99;
                  UPDATE annex.schema_migrations SET down_sha256 = repeat('0', 64) WHERE number = 1";
    owner.batch_execute(edited).await.expect("the owner may");
    Visit::pay(&well.options, &[]).await.bad(&["0001_workspaces was edited", "down.sql"]);
    owner.batch_execute("DROP SCHEMA annex CASCADE").await.expect("the owner may");
    Visit::pay(&well.options, &[]).await.bad(&[
        "It does not exist.",
        "annex migrate up",
        "passes everything untouched",
    ]);
}

#[tokio::test]
async fn one_role_for_both_and_our_schema_as_a_default_are_warned_of() {
    let well = well("doctorroles").await;
    let one = well.options.clone().with("ANNEX_DATABASE_URL", &well.database.owner_url);
    let rights = "
        GRANT USAGE ON SCHEMA public TO annex_owner;
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO annex_owner;
        GRANT INSERT ON public.tenants, public.roles, public.tenant_modules, public.company_profiles TO annex_owner;
        GRANT UPDATE (name) ON public.tenants TO annex_owner;
        GRANT UPDATE (assigned_to) ON public.tasks TO annex_owner;
        GRANT UPDATE (user_id) ON public.task_assignments TO annex_owner;
        GRANT UPDATE (owner_id) ON public.deals, public.contacts, public.customers, public.proposals TO annex_owner;
        GRANT UPDATE (logo_url, invoice_notes, quote_notes) ON public.company_profiles TO annex_owner";
    let superuser = well.database.connect().await;
    superuser.batch_execute(rights).await.expect("the superuser may");
    Visit::pay(&one, &[]).await.warns(&["both annex_owner", "CREATE ROLE annex_app"]);
    let default = format!("ALTER DATABASE \"{}\" SET search_path = annex, public", well.database.name);
    superuser.batch_execute(&default).await.expect("the superuser may");
    let reset = format!("ALTER DATABASE {} RESET search_path;", well.database.name);
    Visit::pay(&well.options, &[]).await.warns(&["`search_path` of database", &reset]);
}

#[tokio::test]
async fn a_table_that_the_crm_lacks_a_dead_redis_and_a_dead_database_are_told() {
    let well = well("doctormissing").await;
    let superuser = well.database.connect().await;
    superuser
        .batch_execute("ALTER TABLE public.users RENAME COLUMN user_type TO sort_of_user")
        .await
        .expect("the superuser may");
    Visit::pay(&well.options, &[]).await.bad(&["public.users.user_type missing"]);
    let no_redis = well.options.clone().with("ANNEX_REDIS_URL", "redis://127.0.0.1:9");
    Visit::pay(&no_redis, &[]).await.bad(&["Does Redis answer? No"]);
    let nobody = well.options.clone().with("ANNEX_DATABASE_URL", "postgres://annex_app@127.0.0.1:9/crm");
    Visit::pay(&nobody, &[]).await.bad(&["Does PostgreSQL answer `annex serve`? No", "start PostgreSQL"]);
}

#[tokio::test]
async fn mistakes_of_the_configuration_are_findings_too() {
    let nothing = Options { environment: Vec::new(), wait: annex_tests::sidecar::Wait::Nothing };
    Visit::pay(&nothing, &[]).await.bad(&["ANNEX_UPSTREAM", "ANNEX_SECRET"]);
}
