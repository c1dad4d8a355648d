// Where a switch lands: on the same page, or on the list if the page shows one record.
//
// Invariant: no id of one workspace stands in the address of another. It is a path of this host: with two slashes at its
// beginning it would be another host's address (RFC 3986, section 4.2).

/** A UUID, a number, or anything long with a digit in it: a record's id. */
const RECORD = /^([0-9a-f]{8}-[0-9a-f-]{27}|\d+|(?=.*\d)[\w-]{16,})$/i;

export function landing(href: string): string {
  const url = new URL(href);
  const parts = url.pathname.split("/");
  const record = parts.findIndex((part) => RECORD.test(part));
  if (record >= 0) {
    url.pathname = parts.slice(0, record).join("/") || "/";
    url.search = "";
  }
  for (const [name, value] of [...url.searchParams]) if (RECORD.test(value)) url.searchParams.delete(name);
  return url.pathname.replace(/^\/+/, "/") + url.search;
}
