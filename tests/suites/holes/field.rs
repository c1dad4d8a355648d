//! The people of the attacks, and the rows that they fight over.

use annex_tests::http::json::Client;
use annex_tests::story::{self, FlagScope, Person};
use annex_tests::strategy::Strategy;

use super::attacks::{Attack, Words};
use crate::matrix::Site;
use crate::matrix::rows::{self, Plot};

/// Everybody.
pub struct Field {
    pub site: Site,
    /// An Admin of the workspace whose own users row is an admin's; their home is off.
    pub attacker: Person,
    /// Whom the CRM knows the attacker as in the workspace.
    pub acting: String,
    /// Was a member of the workspace; their home is on.
    pub former: Person,
    /// Never was a member of anything; their home is on.
    pub nobody: Person,
    /// Owns the other tenant.
    pub victim: Person,
    /// A tenant to move rows into, for who never was a member: some rows fit into a tenant once.
    pub second: String,
    watch: tokio_postgres::Client,
}

impl Field {
    pub async fn new(label: &str) -> Self {
        let site = Site::start(label).await;
        let attacker = site.agency("attacker").await;
        let former = site.agency("former").await;
        let nobody = site.agency("nobody").await;
        let victim = site.agency("victim").await;
        for person in [&attacker, &former] {
            story::add_member(&site.database, &site.workspace, &person.id, "admin").await;
        }
        Strategy::of_this_run().sync(&site.options.environment).await;
        story::remove_member(&site.database, &site.workspace, &former.id).await;
        for person in [&former, &nobody] {
            story::set_flag(&site.database, FlagScope::Tenant(&person.tenant), true).await;
        }
        let second = site.agency("second").await.tenant;
        let watch = site.database.connect().await;
        watch.batch_execute(WATCH).await.expect("every table is watched");
        site.settle().await;
        let acting = Strategy::of_this_run().id_in(&site.database, &site.workspace, &attacker.id).await;
        Self { site, attacker, acting, former, nobody, victim, second, watch }
    }

    /// Rows for every attack: the attackers' own, and two sets of the victim's, because what is done cannot be undone.
    pub async fn plant(&self, attacks: &[Attack]) {
        let homes = [
            ("workspace", self.site.workspace.as_str(), &self.attacker),
            ("guest", &self.attacker.tenant, &self.attacker),
            ("former", &self.former.tenant, &self.former),
            ("nobody", &self.nobody.tenant, &self.nobody),
        ];
        for (who, tenant, person) in homes {
            let author = if who == "workspace" { &self.site.owner.id } else { &person.id };
            let wanted = attacks.iter().enumerate().flat_map(|(number, attack)| {
                let whose = if who == "workspace" { &self.acting } else { &person.id };
                let key = (own_row(number, who), whose.clone());
                attack.own.iter().map(move |table| (*table, key.clone()))
            });
            rows::make(&self.site.database, Plot { tenant, author }, once_per_tenant(wanted)).await;
        }
        for (who, person) in [("workspace", &self.acting), ("nobody", &self.nobody.id)] {
            let plot = Plot { tenant: &self.victim.tenant, author: &self.victim.id };
            let wanted = attacks.iter().enumerate().flat_map(|(number, attack)| {
                let key = (self.victim_row(number, who), person.clone());
                attack.theirs.iter().map(move |table| (*table, key.clone()))
            });
            let wanted = wanted.filter(|(table, _)| *table != "company_profiles");
            rows::make(&self.site.database, plot, wanted).await;
        }
    }

    /// Everybody whom Annex guards, with where they stand.
    pub fn guarded(&self) -> [(&'static str, &'static str, Client); 3] {
        let client = |person: &Person| Client::new(&self.site.annex.url).bearer(&person.access);
        [
            ("in the workspace", "workspace", client(&self.attacker).workspace(&self.site.workspace)),
            ("a guest at home", "guest", client(&self.attacker)),
            ("a former guest at home", "former", client(&self.former)),
        ]
    }

    /// What a proxy that only rewrites the token would send: the workspace, as its admin.
    pub fn direct(&self) -> Client {
        let mut claims = story::claims(&self.attacker, "agency_admin", true);
        claims["tenantId"] = self.site.workspace.clone().into();
        claims["userId"] = self.acting.clone().into();
        Client::new(&self.site.crm.url).bearer(&story::sign(&claims, &self.site.crm.jwt_secret))
    }

    /// At home, through Annex.
    pub fn nobody_client(&self) -> Client {
        Client::new(&self.site.annex.url).bearer(&self.nobody.access)
    }

    /// What the placeholders of an attack stand for.
    pub fn words(&self, number: usize, who: &str) -> Words {
        let (own, victim) = (own_row(number, who), self.victim_row(number, who));
        Words { own, victim, tenant: self.other_tenant(who).to_owned() }
    }

    /// The tenant that an attempt reaches for.
    pub fn other_tenant(&self, who: &str) -> &str {
        if who == "nobody" { &self.second } else { &self.victim.tenant }
    }

    /// The key of the victim's rows of an attack: refused attempts share them with the direct one.
    pub fn victim_row(&self, number: usize, who: &str) -> String {
        let who = if who == "nobody" { "nobody" } else { "shared" };
        format!("theirs-{who}-{number}.")
    }

    /// How many rows were written in the CRM's tables since the field was made.
    pub async fn writes(&self) -> i64 {
        let sql = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM watch.writes_at_seq";
        self.watch.query_one(sql, &[]).await.expect("the writes").get(0)
    }
}

/// Writes down every row that anybody inserts, updates (to the same values, too) or deletes in the CRM's tables.
const WATCH: &str = "
    CREATE SCHEMA watch;
    CREATE TABLE watch.writes (at bigserial, wrote text);
    CREATE FUNCTION watch.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        INSERT INTO watch.writes (wrote) VALUES (TG_TABLE_NAME || ' ' || TG_OP);
        RETURN NULL;
    END $$;
    DO $$
    DECLARE name text;
    BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE format('CREATE TRIGGER watch AFTER INSERT OR UPDATE OR DELETE ON public.%I
                            FOR EACH ROW EXECUTE FUNCTION watch.note()', name);
        END LOOP;
    END $$;";

fn own_row(number: usize, who: &str) -> String {
    format!("own-{who}-{number}.")
}

/// A tenant has one company profile, however many attacks name it.
fn once_per_tenant<'t>(
    wanted: impl Iterator<Item = (&'t str, rows::Key)>,
) -> impl Iterator<Item = (&'t str, rows::Key)> {
    let mut has_profile = false;
    wanted.filter(move |(table, _)| *table != "company_profiles" || !std::mem::replace(&mut has_profile, true))
}
