// Passwords: salted scrypt, `scrypt$salt$hash`. The cost is low on purpose: tests sign in often.
"use strict";

const { randomBytes, scrypt, timingSafeEqual } = require("node:crypto");
const { promisify } = require("node:util");

const derive = promisify(scrypt);
const COST = { N: 1024, r: 8, p: 1 };
const LENGTH = 32;

async function hashPassword(password) {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, LENGTH, COST);
  return `scrypt$${salt.toString("hex")}$${hash.toString("hex")}`;
}

async function passwordMatches(password, stored) {
  const [kind, salt, hash] = stored.split("$");
  if (kind !== "scrypt" || !salt || !hash) return false;
  const candidate = await derive(password, Buffer.from(salt, "hex"), LENGTH, COST);
  const expected = Buffer.from(hash, "hex");
  return candidate.length === expected.length && timingSafeEqual(candidate, expected);
}

module.exports = { hashPassword, passwordMatches };
