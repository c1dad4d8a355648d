// The catalogue, and the small pure parts.

import { expect } from "@esm-bundle/chai";
import { Refused } from "../src/api.ts";
import { initials } from "../src/part/avatar.ts";
import { reading } from "../src/part/contrast.ts";
import { explain } from "../src/part/explain.ts";
import { readRows } from "../src/part/rows.ts";
import * as english from "../src/words/english.ts";
import * as german from "../src/words/german.ts";
import { learn, speak, spoken, t, type Word } from "../src/words/index.ts";

type Parts = Record<string, Record<string, Word>>;
const flat = (parts: unknown): Record<string, Word> => Object.assign({}, ...Object.values(parts as Parts)) as Record<string, Word>;
const texts = (word: Word): string[] => (typeof word === "string" ? [word] : [word.one, word.other]);
const names = (word: Word): string => [...new Set(texts(word).flatMap((one) => one.match(/\{\w+\}/g) ?? []))].toSorted().join();

describe("the catalogue", () => {
  const [en, de] = [flat(english), flat(german)];
  it("has every key in both languages", () => expect(Object.keys(de).toSorted()).to.deep.equal(Object.keys(en).toSorted()));
  it("fills in the same values in both", () => {
    const wrong = Object.keys(en).filter((key) => names(en[key]!) !== names(de[key]!));
    expect(wrong).to.deep.equal([]);
  });
  it("holds no empty text and no markup", () => {
    const plain = (word: Word): boolean => texts(word).every((one) => one.trim() === one && one !== "" && !/<\/|&\w+;/.test(one));
    expect(Object.entries({ ...en, ...de }).filter(([, word]) => !plain(word))).to.deep.equal([]);
  });
  it("has a text for every code that the server refuses with", () => {
    const codes = "MULTI_WORKSPACE_DISABLED WORKSPACE_ACCESS_DENIED WORKSPACE_PERMISSION_DENIED WORKSPACE_CONTEXT_CONFLICT WORKSPACE_CONTEXT_MISMATCH WORKSPACE_OFF CONTEXT_UNAVAILABLE ROUTE_NOT_MAPPED LAST_ADMIN ONLY_WORKSPACE OWNER_MUST_TRANSFER ROLE_EXCEEDS_CALLER ROLE_IN_USE ALREADY_MEMBER ALREADY_INVITED INVITATION_NOT_FOUND INVITATION_EXPIRED INVITATION_EMAIL_MISMATCH RATE_LIMITED WORKSPACE_DELETED VALIDATION_FAILED STALE_VERSION IDEMPOTENCY_CONFLICT UNAUTHENTICATED SAAS_ADMIN_REQUIRED BODY_TOO_LARGE UNSUPPORTED_BODY NOT_FOUND METHOD_NOT_ALLOWED OWN_ROLE OWNER_ONLY CONFLICT INTERNAL UNREACHABLE";
    expect(codes.split(" ").filter((code) => !(`error.${code}` in en))).to.deep.equal([]);
  });
  it("speaks the first language that it knows", () => {
    expect(spoken([null, "fr", "de-AT", "en"])).to.equal("de");
    expect(spoken(["EN-gb"])).to.equal("en");
    expect(spoken([])).to.equal("en");
  });
  it("writes numbers and plurals as the language does", () => {
    learn(en);
    speak("en");
    expect([t("team.count", { n: 1 }), t("team.count", { n: 1200 })]).to.deep.equal(["1 person", "1,200 people"]);
    learn(de);
    speak("de");
    expect([t("team.count", { n: 1 }), t("team.count", { n: 1200 })]).to.deep.equal(["1 Person", "1.200 Personen"]);
    learn(en);
    speak("en");
  });
  it("explains a refusal by its code alone", () => {
    expect(explain(new Refused("RATE_LIMITED", 429, [], { retryAfter: 5 }))).to.contain("5 seconds");
    expect(explain(new Refused("ROLE_EXCEEDS_CALLER", 403, [], { missingPermissions: ["deals:delete"] }))).to.contain("Delete: Deals");
    expect(explain(new Refused("BRAND_NEW", 400, [], { message: "<b>secret</b>" }))).to.equal("Something went wrong. Nothing was changed.");
  });
});

it("addresses are read as people paste them", () => {
  const read = (text: string): string[] => readRows(text, ["finance", "member"], "member").map((one) => `${one.email} ${one.role ?? ""}`);
  expect(read("a@x.org, b@x.org;c@x.org")).to.deep.equal(["a@x.org member", "b@x.org member", "c@x.org member"]);
  expect(read('Email,Role\n"a@x.org","Finance"\r\n\nB@x.org\nb@x.org')).to.deep.equal(["a@x.org finance", "B@x.org member"]);
  expect(read("a@x.org b@x.org")).to.deep.equal(["a@x.org member", "b@x.org member"]);
  expect(read('"Lovelace, Ada" <ada@x.org>')).to.include("ada@x.org member");
});

it("initials and contrast", () => {
  expect(["Vela", "Café Zürich", "Ørsted & Söhne Partners", "", "株式会社"].map(initials)).to.deep.equal(["VE", "CZ", "ØP", "?", "株式"]);
  expect(reading("#000000")?.ratio).to.equal(21);
  expect(reading("#ffffff")?.text).to.equal("#000000");
  expect(reading("red")).to.equal(null);
});
