// People of the CRM: registered by its own call, so that a test begins where its promise does.

import { until } from "./until.js";

let serial = 0;
export const PASSWORD = "pass-word-1";

/** A new owner of a new agency. The page's own form is used by the tests whose promise it is. */
export async function register(house, firstName, companyName, more) {
  const person = draft(firstName, companyName, more);
  const { email, lastName, companyName: agency } = person;
  const { status, body, text } = await house.call("POST", "/api/auth/register", { at: house.crmUrl, body: { email, password: PASSWORD, firstName, lastName, companyName: agency } });
  if (status !== 200) throw new Error(`register answered ${status}: ${text}`);
  return { ...person, token: body.accessToken, tenantId: body.user.tenantId, userId: body.user.id };
}

/** What somebody would type who registers; nobody knows them yet. */
export function draft(firstName, companyName = `${firstName}'s agency`, more = {}) {
  const email = `${firstName.toLowerCase()}-${(serial += 1)}@agency.test`;
  return { email, password: PASSWORD, firstName, lastName: "Tester", companyName, ...more };
}

/** The same person as the CRM knows them, found by their address. */
export async function known(house, person) {
  const [{ id, tenant_id: tenantId }] = await house.sql("SELECT id, tenant_id FROM public.users WHERE email = $1", [person.email]);
  const { body } = await house.call("POST", "/api/auth/login", { at: house.crmUrl, body: { email: person.email, password: person.password } });
  return { ...person, userId: id, tenantId, token: body.accessToken };
}

/** With the feature on at their home. */
export async function pilot(house, firstName, companyName, more) {
  const person = await register(house, firstName, companyName, more);
  await house.flag("on", person);
  return person;
}

/** An administrator of the platform: the CRM knows them by their row. */
export async function administrator(house, firstName) {
  const person = await register(house, firstName, `${firstName}'s platform`);
  await house.sql("UPDATE public.users SET user_type = 'saas_admin' WHERE id = $1", [person.userId]);
  return known(house, person);
}

/** A workspace that `person` made, by the management API. */
export async function workspaceOf(house, person, name) {
  const { status, body, text } = await settled(house, "POST", "/api/workspaces", { token: person.token, body: { name }, headers: { "idempotency-key": `made-${(serial += 1)}` } });
  if (status !== 201) throw new Error(`POST /api/workspaces answered ${status}: ${text}`);
  return { id: body.id, name };
}

/** `guest` works in `workspace` of `host` from now on. */
export async function join(house, host, workspace, guest, role = "member") {
  const asked = await settled(house, "POST", `/api/workspaces/${workspace.id}/invitations`, { token: host.token, body: { email: guest.email, role } });
  const token = asked.body?.inviteLink?.split("#")[1];
  if (!token) throw new Error(`the invitation has no link: ${asked.status} ${asked.text}`);
  const { status, text } = await settled(house, "POST", `/api/invitations/${token}/accept`, { token: guest.token });
  if (status !== 200) throw new Error(`accept answered ${status}: ${text}`);
}

/** The answer to a call that may be asked again: on a machine that is very busy PostgreSQL may be late. */
function settled(house, ...call) {
  return until("an answer that is not 503", async () => {
    const answer = await house.call(...call);
    return answer.status === 503 ? null : answer;
  });
}
