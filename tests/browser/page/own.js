// The pages of Annex's own, as a person uses them.

export const button = (tab, name) => tab.page.getByRole("button", { name, exact: true });
export const heading = (tab, name) => tab.page.getByRole("heading", { name });

/** The line of a list or of a table that says so. */
export const row = (tab, text) => tab.page.locator("li, tr").filter({ hasText: text });

/** Invites one person, from the page of the team. */
export async function invite(tab, workspace, person, role) {
  await tab.go(`/settings/workspace?workspace=${workspace}#team`);
  await button(tab, "Invite people").click();
  await tab.page.getByLabel("E-mail addresses").fill(person.email);
  if (role) await tab.page.getByLabel("Role for all of them").selectOption({ label: role });
  await button(tab, "Check").click();
  await button(tab, "Send 1 invitation").click();
  await button(tab, "Done").click();
  await row(tab, person.email).waitFor();
}

/** The link in the mail that a person got, to the workspace of that name if there were several. */
export async function linkOf(house, person, workspace) {
  return /http:\/\/\S+\/_annex\/invite#[\w-]+/.exec(await house.mailTo(person.email, workspace))[0];
}

/** Gives a member another role, in the page of the team. */
export async function chooseRole(tab, { firstName, lastName }, role) {
  await tab.page.getByLabel(`Role of ${firstName} ${lastName}`).selectOption({ label: role });
  await tab.page.getByText(`${firstName} ${lastName} is now ${role}`).waitFor();
}
