//! Customers → quotation → invoice → payment → proposal → task → notification, directly and through Annex.

use serde_json::{Value, json};

use super::{
    Person, Story,
    act01_register::{log_in, person},
    client::{Answer, Client},
    compare,
};

pub async fn play(story: &mut Story<'_>) -> anyhow::Result<()> {
    let (owner, other) = (story.owner()?, story.other()?);
    let before = business(&story.direct, &other).await?;
    let through = business(&story.annex, &owner).await?;
    for (direct, annex) in before.steps.iter().zip(&through.steps) {
        story.told.step(&format!("{} as before", direct.0), compare::same_shape(&direct.1, &annex.1));
    }
    story.told.step(
        "as many steps on both sides",
        if before.steps.len() == through.steps.len() {
            Ok(())
        } else {
            Err(format!("{} and {}", before.steps.len(), through.steps.len()))
        },
    );
    story.at_home = Some((through.customer, through.task));
    Ok(())
}

/// What was asked, in order, and the ids that later acts need.
pub struct Business {
    pub steps: Vec<(&'static str, Answer)>,
    pub customer: String,
    pub task: String,
}

async fn business(client: &Client, owner: &Person) -> anyhow::Result<Business> {
    let me = client.bearer(&owner.access);
    let (member, member_added) = add_team_member(client, &me).await?;
    let mut business = sales(&me).await?;
    business.steps.insert(0, ("a team member is added", member_added));
    let customer = business.customer.clone();
    proposal(client, &me, &customer, &mut business.steps).await?;
    let task = json!({"title": "Call them back", "assignedTo": member.id, "assignees": [member.id], "checklists": []});
    let task = me.post("/api/tasks", task).await?.must(201)?;
    business.task = task.text_at("/id")?;
    business.steps.push(("a task is assigned to the team member", task));
    let them = client.bearer(&member.access);
    business.steps.push(("the team member sees the notification", them.get("/api/notifications").await?.must(200)?));
    business.steps.push(("the notification is counted", them.get("/api/notifications/count").await?.must(200)?));
    for (what, path) in [
        ("the dashboard", "/api/reports/dashboard"),
        ("the sales report", "/api/reports/sales"),
        ("the modules", "/api/tenant/modules"),
        ("the team", "/api/team/members"),
        ("a path that the CRM does not know", "/api/nothing-here"),
    ] {
        business.steps.push((what, me.get(path).await?));
    }
    Ok(business)
}

/// A customer, their quotation, its invoice and its payment. Works at home and in a workspace.
pub async fn sales(me: &Client) -> anyhow::Result<Business> {
    let customer = json!({"name": "Hilltop Bakery", "email": "hello@hilltop.test", "company": "Hilltop"});
    let customer = me.post("/api/customers", customer).await?.must(201)?;
    let customer_id = customer.text_at("/id")?;
    let mut steps = vec![("a customer is made", customer)];
    steps.push(("customers are listed", me.get("/api/customers").await?.must(200)?));
    let items: Value = json!([{"description": "Design", "quantity": 2, "unitPrice": "150.00", "taxRate": "10", "totalPrice": "300.00"}]);
    let quotation = json!({"customerId": customer_id, "title": "New shop front", "subtotal": "300.00", "taxAmount": "30.00", "totalAmount": "330.00", "items": items});
    let quotation = me.post("/api/quotations", quotation).await?.must(201)?;
    let invoice = json!({"quotationId": quotation.text_at("/id")?, "customerId": customer_id, "issueDate": "2026-01-15T00:00:00.000Z", "items": items});
    steps.push(("a quotation is made", quotation));
    let invoice = me.post("/api/invoices", invoice).await?.must(201)?;
    let payments = format!("/api/invoices/{}/payments", invoice.text_at("/id")?);
    steps.push(("the quotation becomes an invoice", invoice));
    let payment =
        json!({"amount": "100.00", "paymentMethod": "bank_transfer", "paymentDate": "2026-01-20T00:00:00.000Z"});
    steps.push(("the invoice is paid in part", me.post(&payments, payment).await?.must(201)?));
    steps.push(("invoices are listed", me.get("/api/invoices").await?.must(200)?));
    Ok(Business { steps, customer: customer_id, task: String::new() })
}

async fn proposal(
    public: &Client,
    me: &Client,
    customer: &str,
    steps: &mut Vec<(&'static str, Answer)>,
) -> anyhow::Result<()> {
    let body = json!({
        "customerId": customer, "title": "A new shop front",
        "sections": [{"sectionType": "introduction", "title": "Hello", "content": "How we would do it."}],
        "pricingItems": [{"name": "Design", "quantity": 1, "unitPrice": "300.00"}],
    });
    let proposal = me.post("/api/proposals", body).await?.must(201)?;
    let send = format!("/api/proposals/{}/send", proposal.text_at("/id")?);
    steps.push(("a proposal is written", proposal));
    let sent = me.post(&send, json!({})).await?;
    anyhow::ensure!(sent.status < 300, "{} → {}", sent.asked, sent.brief());
    let link = format!(
        "/api/public/proposal/{}",
        sent.text_at("/accessToken").or_else(|_| sent.text_at("/proposal/accessToken"))?
    );
    steps.push(("the proposal is sent", sent));
    steps.push(("its public link opens without signing in", public.get(&link).await?.must(200)?));
    Ok(())
}

async fn add_team_member(client: &Client, owner: &Client) -> anyhow::Result<(Person, Answer)> {
    let unique = uuid::Uuid::new_v4().simple().to_string();
    let (email, password) =
        (format!("member-{}@demo.test", unique.get(..8).unwrap_or(&unique)), format!("demo-{unique}"));
    let body =
        json!({"email": email, "password": password, "firstName": "Mo", "lastName": "Demo", "userType": "team_member"});
    let added = owner.post("/api/team/members", body).await?.must(201)?;
    let signed_in = log_in(client, &email, &password).await?.must(200)?;
    Ok((person(&signed_in, &password)?, added))
}
