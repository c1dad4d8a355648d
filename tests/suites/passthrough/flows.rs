//! The CRM's core flows, as its own browser application drives them.

use super::script::{AUTH, HOST, Step, step};

/// From registration to the notification of a colleague.
pub fn steps() -> Vec<Step> {
    [sign_in(), customers(), sales(), proposals(), tasks(), refusals()].concat()
}

fn sign_in() -> Vec<Step> {
    let json = [HOST, "Content-Type: application/json", "Content-Length: $length$"];
    let cora = r#"{"email":"cora@corona.test","password":"corona-1!","firstName":"Cora","lastName":"Ní Bhriain","companyName":"Corona & Söhne"}"#;
    let login = r#"{"email":"cora@corona.test","password":"corona-1!"}"#;
    vec![
        step("register")
            .ask("POST /api/auth/register HTTP/1.1", &json, cora)
            .keep("access", "/accessToken")
            .keep("refresh", "/refreshToken")
            .keep("me", "/user/id")
            .keep("tenant", "/user/tenantId"),
        step("register: the address is taken").ask("POST /api/auth/register HTTP/1.1", &json, cora),
        step("login").ask("POST /api/auth/login HTTP/1.1", &json, login).keep("access", "/accessToken"),
        step("login: a wrong password").ask(
            "POST /api/auth/login HTTP/1.1",
            &json,
            r#"{"email":"cora@corona.test","password":"guess"}"#,
        ),
        step("me").get("/api/auth/me").keep_header("me-etag", "etag"),
        step("me: not modified").ask("GET /api/auth/me HTTP/1.1", &[HOST, AUTH, "If-None-Match: $me-etag$"], ""),
        step("refresh")
            .ask("POST /api/auth/refresh HTTP/1.1", &json, r#"{"refreshToken":"$refresh$"}"#)
            .keep("access", "/accessToken"),
        step("refresh: no such token").ask("POST /api/auth/refresh HTTP/1.1", &json, r#"{"refreshToken":"x.y.z"}"#),
        step("logout").json("POST", "/api/auth/logout", r#"{"refreshToken":"$refresh$"}"#),
        step("refresh: after the logout").ask(
            "POST /api/auth/refresh HTTP/1.1",
            &json,
            r#"{"refreshToken":"$refresh$"}"#,
        ),
        step("the company's profile").json(
            "PUT",
            "/api/company-profile",
            r#"{"companyName":"Corona","currency":"EUR"}"#,
        ),
    ]
}

fn customers() -> Vec<Step> {
    vec![
        step("customers: none yet").get("/api/customers"),
        step("customers: a new one")
            .json("POST", "/api/customers", r#"{"name":"Ærø Færger","email":"kontakt@aeroe.test","notes":"日本語 🚢"}"#)
            .keep("customer", "/id"),
        step("customers: read").get("/api/customers/$customer$"),
        step("customers: changed").json("PATCH", "/api/customers/$customer$", r#"{"phone":"+45 62 52 40 00"}"#),
        step("customers: the list").get("/api/customers"),
        step("customers: another one")
            .json("POST", "/api/customers", r#"{"name":"Short","email":"s@short.test"}"#)
            .keep("short", "/id"),
        step("customers: deleted").get("/api/customers/$short$").ask(
            "DELETE /api/customers/$short$ HTTP/1.1",
            &[HOST, AUTH],
            "",
        ),
        step("customers: gone (404)").get("/api/customers/$short$"),
        step("customers: a name that the CRM does not know").ask(
            "GET /api/customers HTTP/1.1",
            &[HOST, AUTH, "X-Workspace-Id: 7f0c1f5e-0000-4000-8000-00000000beef", "X-Tenant: mine"],
            "",
        ),
        step("customers: a query name that the CRM does not know").get("/api/customers?workspaceId=elsewhere&page=2"),
    ]
}

fn sales() -> Vec<Step> {
    let item =
        r#""items":[{"description":"Sail","quantity":"2","unitPrice":"49.50","taxRate":"25","totalPrice":"99.00"}]"#;
    let quotation = format!(r#"{{"customerId":"$customer$","title":"Sails",{item}}}"#);
    let invoice = format!(
        r#"{{"quotationId":"$quotation$","customerId":"$customer$","title":"Sails","issueDate":"2024-05-01T00:00:00.000Z",{item}}}"#
    );
    vec![
        step("quotation").json("POST", "/api/quotations", &quotation).keep("quotation", "/id"),
        step("quotation: read").get("/api/quotations/$quotation$"),
        step("invoice").json("POST", "/api/invoices", &invoice).keep("invoice", "/id"),
        step("payment").json(
            "POST",
            "/api/invoices/$invoice$/payments",
            r#"{"amount":"123.75","paymentMethod":"bank","paymentDate":"2024-05-02T00:00:00.000Z"}"#,
        ),
        step("invoice: paid").get("/api/invoices/$invoice$"),
        step("the dashboard").get("/api/reports/dashboard"),
    ]
}

fn proposals() -> Vec<Step> {
    let proposal = r#"{"customerId":"$customer$","title":"A new mast","sections":[{"title":"Why","content":"<p>Old one broke</p>","sectionType":"text"}],"pricingItems":[{"name":"Mast","description":"Oak","quantity":"1","unitPrice":"900.00"}]}"#;
    let public = [HOST, "User-Agent: Mozilla/5.0 (iPhone)", "X-Forwarded-For: 203.0.113.9"];
    vec![
        step("proposal").json("POST", "/api/proposals", proposal).keep("proposal", "/id"),
        step("proposal: sent").json("POST", "/api/proposals/$proposal$/send", "{}").keep("link", "/accessToken"),
        step("proposal: by its public link").ask("GET /api/public/proposal/$link$ HTTP/1.1", &public, ""),
        step("proposal: the page of the public link").ask("GET /proposal/$link$ HTTP/1.1", &public, ""),
        step("proposal: accepted").ask(
            "POST /api/public/proposal/$link$/accept HTTP/1.1",
            &[HOST, "Content-Type: application/json", "Content-Length: $length$", "X-Forwarded-For: 203.0.113.9"],
            r#"{"signerName":"Å. Ærø","signerEmail":"a@aeroe.test","signatureType":"typed","signatureData":"Å"}"#,
        ),
        step("proposal: a link that nobody has").ask("GET /api/public/proposal/nope HTTP/1.1", &public, ""),
    ]
}

fn tasks() -> Vec<Step> {
    let colleague = r#"{"email":"dan@corona.test","password":"corona-2!","firstName":"Dan","lastName":"D","userType":"team_member"}"#;
    let task = r#"{"title":"Call","assignees":["$dan$"],"checklists":[{"title":"Number"}]}"#;
    let login = r#"{"email":"dan@corona.test","password":"corona-2!"}"#;
    vec![
        step("a colleague").json("POST", "/api/team/members", colleague).keep("dan", "/id"),
        step("task").json("POST", "/api/tasks", task).keep("task", "/id"),
        step("task: a comment").json("POST", "/api/tasks/$task$/comments", r#"{"content":"now"}"#),
        step("notification: the colleague signs in")
            .ask(
                "POST /api/auth/login HTTP/1.1",
                &[HOST, "Content-Type: application/json", "Content-Length: $length$"],
                login,
            )
            .keep("dans", "/accessToken"),
        step("notification").ask("GET /api/notifications HTTP/1.1", &[HOST, "Authorization: Bearer $dans$"], ""),
        step("notification: the count").ask(
            "GET /api/notifications/count HTTP/1.1",
            &[HOST, "Authorization: Bearer $dans$"],
            "",
        ),
        step("403: not an administrator").ask(
            "GET /api/team/members HTTP/1.1",
            &[HOST, "Authorization: Bearer $dans$"],
            "",
        ),
        step("task: read by the colleague").ask(
            "GET /api/tasks/$task$ HTTP/1.1",
            &[HOST, "Authorization: Bearer $dans$"],
            "",
        ),
    ]
}

fn refusals() -> Vec<Step> {
    vec![
        step("400: a field is missing").json("POST", "/api/customers", r#"{"email":"x@y.test"}"#),
        step("400: malformed JSON").json("POST", "/api/customers", r#"{"name": oops"#),
        step("401: no token").ask("GET /api/customers HTTP/1.1", &[HOST], ""),
        step("401: a token of somebody else's making").ask(
            "GET /api/customers HTTP/1.1",
            &[HOST, "Authorization: Bearer eyJhbGciOiJub25lIn0.e30.e30"],
            "",
        ),
        step("401: another scheme").ask("GET /api/customers HTTP/1.1", &[HOST, "Authorization: Basic YTpi"], ""),
        step("403: not the platform").get("/api/saas-admin/stats"),
        step("404: an id of nobody").get("/api/invoices/00000000-0000-4000-8000-000000000000"),
        step("500: what the CRM did not expect").get("/api/customers/%00"),
        step("503: a status by choice").get("/__test/status/503"),
    ]
}
