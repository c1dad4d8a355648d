//! By header, query or claim: who counts before whom, what contradicts itself, and what non-members learn.

use annex_tests::http::json::Client;
use annex_tests::record::{arrivals, probe};
use annex_tests::scene::place as place_of;
use annex_tests::story;
use serde_json::{Value, json};

use super::{Traveller, assert_never_arrived, delete_workspace, outsider, place, scene, send, switched};

#[tokio::test]
async fn the_pinned_path_counts_before_the_header_before_the_query_before_the_claim_before_home() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let (home, second, third) = (ada.home(), ada.second.as_str(), ada.third.as_str());
    let claimed = switched(&scene, &ada.person, third);
    let plain = ada.person.access.as_str();
    // Pinned path, header, query, token; where it is served.
    let table = [
        ("", "", "", plain, home),
        ("", "", "", &claimed, third),
        ("", "", second, plain, second),
        ("", "", second, &claimed, second),
        ("", second, "", &claimed, second),
        ("", second, second, &claimed, second),
        (second, "", "", &claimed, second),
        (second, second, second, &claimed, second),
        // Naming one's own home is home, and a name counts before the claim.
        ("", home, "", plain, home),
        ("", home, "", &claimed, home),
        ("", "", home, &claimed, home),
        (home, "", "", &claimed, home),
    ];
    for (pinned, header, query, token, served) in table {
        let row = format!("pinned `{pinned}`, header `{header}`, query `{query}`, claim {}", token == claimed);
        let prefix = if pinned.is_empty() { String::new() } else { format!("/_annex/w/{pinned}") };
        let query = if query.is_empty() { String::new() } else { format!("?workspaceId={query}") };
        let mut client = Client::new(&scene.annex.url).bearer(token);
        if !header.is_empty() {
            client = client.workspace(header);
        }
        let answer = client.get(&format!("{prefix}/api/customers{query}")).await;
        assert_eq!(place_of(&answer), served, "{row}");
        let told = answer.header("x-annex-workspace-id");
        assert_eq!(told, (served != home).then_some(served), "{row}: the workspace that the answer names");
    }
}

#[tokio::test]
async fn names_that_differ_stand_twice_or_are_none_are_refused_to_people_with_the_feature_and_noise_for_others() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let eve = outsider(&scene).await;
    let (home, second, third) = (ada.home(), ada.second.as_str(), ada.third.as_str());
    const CONFLICT: &str = "400 WORKSPACE_CONTEXT_CONFLICT";
    const MALFORMED: &str = "400 WORKSPACE_CONTEXT_MALFORMED";
    let header = |value: &str| format!("X-Workspace-Id: {value}");
    let table = [
        (format!("?workspaceId={third}"), vec![header(second)], CONFLICT),
        (format!("?workspaceId={home}"), vec![header(second)], CONFLICT),
        (format!("?workspaceId={second}"), vec![header(home)], CONFLICT),
        (String::new(), vec![header(second), header(second)], MALFORMED),
        (String::new(), vec![header(second), header(third)], MALFORMED),
        (String::new(), vec![header(&format!("{second},{second}"))], MALFORMED),
        (String::new(), vec![header(&format!("{second}, {third}"))], MALFORMED),
        (String::new(), vec![format!("X_Workspace_Id: {second}")], MALFORMED),
        (String::new(), vec![format!("x-workspace_id: {second}")], MALFORMED),
        (String::new(), vec![header(second), format!("X_Workspace_Id: {second}")], MALFORMED),
        (String::new(), vec![header("")], MALFORMED),
        (String::new(), vec![header("../x")], MALFORMED),
        (String::new(), vec![header(&"a".repeat(129))], MALFORMED),
        (format!("?workspaceId={second}&workspaceId={second}"), vec![], MALFORMED),
        (format!("?workspaceId[]={second}"), vec![], MALFORMED),
        (format!("?workspaceId%5B%5D={second}"), vec![], MALFORMED),
        (format!("?workspaceId[0]={second}"), vec![], MALFORMED),
        (format!("?%77orkspaceId={second}"), vec![], MALFORMED),
        (format!("?workspaceId={second}&%77orkspaceId={third}"), vec![], MALFORMED),
        ("?workspaceId=".to_owned(), vec![], MALFORMED),
        ("?workspaceId".to_owned(), vec![], MALFORMED),
        (format!("?workspaceId={second},{third}"), vec![], MALFORMED),
    ];
    for (query, headers, refused) in &table {
        let row = format!("{query} {headers:?}");
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let line = format!("GET /api/customers{query}");
        let (answer, probe) = send(&scene, &line, &ada.person.access, &headers).await;
        assert_eq!(place(&answer), *refused, "with the feature: {row}");
        assert_never_arrived(&scene, &probe, &row).await;

        let (answer, probe) = send(&scene, &line, &eve.access, &headers).await;
        assert_eq!(place(&answer), eve.tenant, "without the feature: {row}");
        let arrived = arrivals(&scene.crm.url, &probe).await;
        assert_eq!(arrived.len(), 1, "without the feature: {row}");
        assert_eq!(arrived[0].target, format!("/api/customers{query}"), "the target changed: {row}");
        let sent: Vec<(String, String)> = headers
            .iter()
            .map(|line| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned())).unwrap())
            .collect();
        let ours = |name: &str| name.to_ascii_lowercase().replace('_', "-") == "x-workspace-id";
        let came: Vec<(String, String)> = arrived[0].headers.iter().filter(|(name, _)| ours(name)).cloned().collect();
        assert_eq!(came, sent, "the headers changed: {row}");
    }
}

#[tokio::test]
async fn a_workspace_that_is_off_is_refused_to_members_with_the_feature_and_ignored_for_people_without_it() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let dark = scene.agency("dark").await.tenant;
    // Both are members of the workspace that is off; only ada has the feature.
    let eve = outsider(&scene).await;
    for person in [&ada.person, &eve] {
        story::add_member(&scene.database, &dark, &person.id, "admin").await;
    }
    scene.settle().await;
    let claimed = switched(&scene, &ada.person, &dark);
    for (client, path) in [
        (scene.client(&ada.person).workspace(&dark), "/api/customers".to_owned()),
        (scene.client(&ada.person), format!("/api/customers?workspaceId={dark}")),
        (Client::new(&scene.annex.url).bearer(&claimed), "/api/customers".to_owned()),
    ] {
        assert_eq!(place_of(&client.get(&path).await), "403 MULTI_WORKSPACE_DISABLED", "{path}");
    }

    let line = format!("GET /api/customers?b=2&workspaceId={dark}&a=%20x");
    let more = [format!("x-WORKSPACE-id: {dark}"), "X-Other:  two  words".to_owned()];
    let (answer, probe) = send(&scene, &line, &eve.access, &more.each_ref().map(String::as_str)).await;
    assert_eq!(place(&answer), eve.tenant, "ignored, as before");
    let arrived = arrivals(&scene.crm.url, &probe).await.remove(0);
    assert_eq!(format!("GET {}", arrived.target), line);
    let names: Vec<&str> = arrived.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Host", "X-Probe", "Authorization", "x-WORKSPACE-id", "X-Other"], "names, case and order");
    assert_eq!(arrived.token(), eve.access);
    assert_eq!(answer.head.all("x-annex-workspace-id"), Vec::<&str>::new());
    let claimed = switched(&scene, &eve, &dark);
    let answer = Client::new(&scene.annex.url).bearer(&claimed).get("/api/customers").await;
    assert_eq!(place_of(&answer), eve.tenant, "a claim is ignored as well");
}

#[tokio::test]
async fn a_non_member_gets_one_answer_whatever_the_workspace_is() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let agencies = ["on", "off", "deleted", "gone", "removed", "suspended"];
    let mut tenants = Vec::new();
    for name in agencies {
        let tenant = scene.agency(name).await.tenant;
        scene.flag(&tenant, name != "off").await;
        tenants.push((name, tenant));
    }
    delete_workspace(&scene, &tenants[2].1).await;
    delete_workspace(&scene, &tenants[3].1).await;
    let client = scene.database.connect().await;
    let purge = "UPDATE annex.workspaces SET purged_at = now() WHERE tenant_id = $1";
    client.execute(purge, &[&tenants[3].1]).await.expect("a tombstone");
    for (_, tenant) in &tenants[4..] {
        story::add_member(&scene.database, tenant, &ada.person.id, "admin").await;
    }
    story::remove_member(&scene.database, &tenants[4].1, &ada.person.id).await;
    let suspend = "UPDATE annex.workspace_users SET status = 'suspended' WHERE tenant_id = $1";
    client.execute(suspend, &[&tenants[5].1]).await.expect("suspended");
    tenants.push(("absent", uuid::Uuid::new_v4().to_string()));
    tenants.push(("of another form", "no-such-workspace".to_owned()));
    scene.settle().await;

    let mut seen: Option<(Value, Vec<String>)> = None;
    for (name, tenant) in &tenants {
        for path in
            ["/api/customers".to_owned(), "/api/nothing-here".to_owned(), format!("/_annex/w/{tenant}/api/customers")]
        {
            let answer = scene.client(&ada.person).workspace(tenant).get(&path).await;
            assert_eq!(place_of(&answer), "403 WORKSPACE_ACCESS_DENIED", "{name} {path}");
            let mut body = answer.json();
            assert!(body["requestId"].take().is_string(), "{name}: no request id");
            let mut headers: Vec<String> = answer.headers.keys().map(|name| name.as_str().to_owned()).collect();
            headers.sort_unstable();
            let answer = (body, headers);
            let first = seen.get_or_insert_with(|| answer.clone());
            assert_eq!(&answer, first, "{name} {path} is told from the others");
        }
    }
}

#[tokio::test]
async fn login_register_refresh_logout_and_the_own_profile_are_always_at_home() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let person = &ada.person;
    let contexts: Vec<Vec<(&str, String)>> = vec![
        vec![("x-workspace-id", ada.second.clone())],
        vec![("x-workspace-id", "no,such".to_owned())],
        vec![("x-workspace-id", ada.second.clone()), ("x_workspace_id", ada.third.clone())],
        vec![("x-workspace-id", uuid::Uuid::new_v4().to_string())],
    ];
    for context in contexts {
        let mut client = Client::new(&scene.annex.url);
        for (name, value) in &context {
            client = client.header(name, value);
        }
        let shown = format!("{context:?}");
        let credentials = json!({"email": person.email, "password": person.password});
        let login =
            client.post(&format!("/api/auth/login?workspaceId={}", ada.third), credentials).await.expect(200).json();
        assert_eq!(login["user"]["tenantId"], person.tenant.as_str(), "{shown}");
        let refresh = json!({"refreshToken": login["refreshToken"]});
        let renewed = client.post("/api/auth/refresh", refresh.clone()).await.expect(200).json();
        let claims = story::read_claims(renewed["accessToken"].as_str().expect("a token"));
        assert_eq!(claims["tenantId"], person.tenant.as_str(), "a refreshed token left home: {shown}");
        let phone = probe();
        let mine = client.bearer(&person.access).patch("/api/users/profile", json!({"phone": phone})).await.expect(200);
        assert_eq!(mine.header("x-annex-workspace-id"), None, "{shown}");
        let me = client.bearer(&person.access).get("/API/Auth/Me/").await.expect(200).json();
        let id = ada.id_in(&scene, me["tenantId"].as_str().expect("a tenant")).await;
        assert_eq!((me["id"].as_str(), me["phone"].as_str()), (Some(id.as_str()), Some(phone.as_str())), "{shown}");
        client.bearer(&person.access).post("/api/auth/logout", refresh).await.expect(200);
        let email = format!("new-{}@example.test", probe());
        let body = json!({"email": email, "password": "a-long-password", "firstName": "N", "lastName": "N", "companyName": "N"});
        client.post("/api/auth/register", body).await.expect(200);
        // The control: the same context is judged on a route of the workspace.
        assert_ne!(
            client.bearer(&person.access).get("/api/customers").await.header("x-annex-workspace-id"),
            Some(ada.home())
        );
    }
    let page = scene.client(person).workspace("no,such").get("/any/page").await.expect(200);
    assert!(page.text.contains("<html"), "pages are at home");
}

#[tokio::test]
async fn the_own_profile_comes_from_home_and_names_the_workspace_to_its_members_alone() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let stranger = scene.agency("stranger").await.tenant;
    scene.flag(&stranger, true).await;
    scene.settle().await;
    let client = scene.client(&ada.person);
    for (context, tenant) in [
        (ada.second.as_str(), ada.second.as_str()),
        (ada.home(), ada.home()),
        (&stranger, ada.home()),
        ("no,such", ada.home()),
        ("absent", ada.home()),
    ] {
        let probe = probe();
        let me = client.workspace(context).header("x-probe", &probe).get("/api/auth/me").await.expect(200).json();
        assert_eq!(me["tenantId"], tenant, "named `{context}`");
        assert_eq!(me["id"], ada.id_in(&scene, tenant).await.as_str());
        let arrived = arrivals(&scene.crm.url, &probe).await.remove(0);
        assert_eq!(arrived.token(), ada.person.access, "named `{context}`: it is the person's own, at home");
    }
}

#[tokio::test]
async fn a_route_that_nobody_mapped_is_refused_in_a_workspace() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    story::add_member(&scene.database, &ada.second, &ada.person.id, "admin").await;
    scene.settle().await;
    let second = format!("X-Workspace-Id: {}", ada.second);
    for line in [
        "GET /api/saas-admin/stats",
        "GET /api/customer-portal/invoices",
        "GET /api/no-such-route",
        "POST /api/no-such-route",
        "PUT /api/customers",
        "OPTIONS /api/customers",
        "POST /a-page",
        "DELETE /",
        "GET /api",
        "GET /api/customers/a/b/c",
        "GET /api/c%75stomers",
    ] {
        let (answer, probe) = send(&scene, line, &ada.person.access, &[&second]).await;
        assert_eq!(place(&answer), "403 ROUTE_NOT_MAPPED", "{line}");
        assert_never_arrived(&scene, &probe, line).await;
    }
    let (answer, _) = send(&scene, "GET /api/customers", &ada.person.access, &[&second]).await;
    assert_eq!(place(&answer), ada.second, "the control: a mapped route is served");
}

#[tokio::test]
async fn a_path_that_reads_two_ways_is_refused_in_a_workspace_and_left_to_the_crm_elsewhere() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    let eve = outsider(&scene).await;
    let second = format!("X-Workspace-Id: {}", ada.second);
    for path in [
        "/api/../api/customers",
        "/api/customers/../customers",
        "/api/customers/%2e%2e/deals",
        "/api/./customers",
        "/api//customers",
        "/api/customers//",
        "/api/customers;x=1",
        "/api/customers%3bx",
        "/api/customers%2f1",
        "/api%2fcustomers/../x/api/customers",
        "/api/customers/%5c",
        "/api/customers/%00",
        "/api/customers/%252e%252e",
        "/api/customers/%ff",
        "/api/customers/%c0%ae",
        "/api/customers/%zz",
    ] {
        let (answer, probe) = send(&scene, &format!("POST {path}"), &ada.person.access, &[&second]).await;
        assert_eq!(place(&answer), "400 AMBIGUOUS_PATH", "{path}");
        assert_never_arrived(&scene, &probe, path).await;
        let (_, probe) = send(&scene, &format!("GET {path}"), &eve.access, &[]).await;
        let arrived = arrivals(&scene.crm.url, &probe).await;
        assert_eq!(arrived.first().map(|arrived| arrived.target.as_str()), Some(path), "it is the CRM's business");
    }
    for path in ["/api\\customers", "/api/customers\\"] {
        let (answer, probe) = send(&scene, &format!("POST {path}"), &ada.person.access, &[&second]).await;
        assert_eq!(answer.status, 400, "{path}");
        assert_never_arrived(&scene, &probe, path).await;
    }
}

#[tokio::test]
async fn case_and_a_trailing_slash_change_nothing_and_head_decides_as_get() {
    let scene = scene().await;
    let ada = Traveller::new(&scene).await;
    story::add_member(&scene.database, &ada.second, &ada.person.id, "viewer").await;
    scene.settle().await;
    let there = scene.client(&ada.person).workspace(&ada.second);
    for path in ["/api/customers", "/API/Customers/", "/Api/CUSTOMERS"] {
        assert_eq!(place_of(&there.get(path).await), ada.second, "{path}");
        let written = there.post(path, json!({"name": "x", "email": "x@x.test"})).await;
        assert_eq!(place_of(&written), "403 WORKSPACE_PERMISSION_DENIED", "{path}");
    }
    for path in ["/api/saas-admin/stats", "/API/SaaS-Admin/Stats/"] {
        assert_eq!(place_of(&there.get(path).await), "403 ROUTE_NOT_MAPPED", "{path}");
    }
    let second = format!("X-Workspace-Id: {}", ada.second);
    // A viewer may not read the team, which needs team:manage.
    for (path, status) in [("/api/customers", 200), ("/api/team/members", 403), ("/api/nothing", 403)] {
        let (get, _) = send(&scene, &format!("GET {path}"), &ada.person.access, &[&second]).await;
        let (head, _) = send(&scene, &format!("HEAD {path}"), &ada.person.access, &[&second]).await;
        assert_eq!((get.status, head.status), (status, status), "{path}");
        assert!(head.body.is_empty(), "HEAD {path} has a body");
        let told = |response: &annex_tests::http::raw::Response| response.head.all("x-annex-workspace-id").join(",");
        assert_eq!(told(&get), told(&head), "{path}");
    }
}
