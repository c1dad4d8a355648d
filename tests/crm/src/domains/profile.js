// The caller's own users row: their details and their picture. Promises: it is found by the token's
// userId alone, so it is the same row in every tenant.
"use strict";

const { randomUUID } = require("node:crypto");
const fs = require("node:fs/promises");
const path = require("node:path");
const { HttpError, found } = require("../errors");
const { hashPassword, passwordMatches } = require("../passwords");

const EDITABLE = ["firstName", "lastName", "email", "phone", "jobTitle", "profileImageUrl", "address", "designation", "department"];
const EXTENSIONS = { "image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif", "image/svg+xml": ".svg" };

async function editProfile({ store, claims, body }) {
  const user = found(await store.get("users", { id: claims.userId }), "User");
  const changes = Object.fromEntries(EDITABLE.filter((key) => body?.[key] !== undefined).map((key) => [key, body[key]]));
  if (changes.email && changes.email !== user.email && (await store.get("users", { email: changes.email }))) {
    throw new HttpError(400, "Email already in use");
  }
  if (body?.newPassword) changes.passwordHash = await newPasswordHash(user, body);
  const { passwordHash, ...visible } = await store.update("users", changes, { id: user.id });
  return visible;
}

async function newPasswordHash(user, { currentPassword, newPassword }) {
  const known = typeof currentPassword === "string" && (await passwordMatches(currentPassword, user.passwordHash));
  if (!known) throw new HttpError(400, "Current password is incorrect");
  return hashPassword(String(newPassword));
}

/** Takes one multipart file of any field name, or the raw bytes of an image. */
async function uploadImage({ store, settings, claims, req }) {
  const file = req.file ?? (Buffer.isBuffer(req.body) && { buffer: req.body, mimetype: req.headers["content-type"] });
  const extension = file && EXTENSIONS[file.mimetype];
  if (!file || file.buffer.length === 0) throw new HttpError(400, "No image file provided");
  if (!extension) throw new HttpError(400, "Only image files are allowed");
  await fs.mkdir(settings.uploads, { recursive: true });
  const name = `${randomUUID()}${extension}`;
  await fs.writeFile(path.join(settings.uploads, name), file.buffer);
  const profileImageUrl = `/uploads/${name}`;
  found(await store.update("users", { profileImageUrl }, { id: claims.userId }), "User");
  return { message: "Profile image uploaded successfully", profileImageUrl };
}

module.exports = { editProfile, uploadImage };
