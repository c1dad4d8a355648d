// Tokens: HS256 JWTs with the CRM's claims. Promises: access and refresh tokens carry the same claims
// and differ in `exp` alone; a token is believed as long as its signature and `exp` hold.
"use strict";

const jwt = require("jsonwebtoken");

const REFRESH_SECONDS = 7 * 24 * 60 * 60;

function claimsOf(user) {
  return {
    userId: user.id,
    tenantId: user.tenantId,
    email: user.email,
    userType: user.userType,
    isAdmin: user.isAdmin,
  };
}

const sign = (user, settings, seconds) =>
  jwt.sign(claimsOf(user), settings.jwtSecret, { algorithm: "HS256", expiresIn: seconds });

const accessTokenFor = (user, settings) => sign(user, settings, settings.accessTokenSeconds);

/** Signs a refresh token and writes it down verbatim: only tokens that stand there refresh. */
async function issueRefreshToken(store, user, settings) {
  const refreshToken = sign(user, settings, REFRESH_SECONDS);
  const expiresAt = new Date(Date.now() + REFRESH_SECONDS * 1000);
  await store.insert("auth_tokens", { userId: user.id, refreshToken, expiresAt });
  return refreshToken;
}

const verify = (token, settings) => jwt.verify(token, settings.jwtSecret, { algorithms: ["HS256"] });

module.exports = { accessTokenFor, issueRefreshToken, verify };
