// Notifications: written when a task concerns someone, read by the person they are for.
// Promises: lists follow tenant and person; the count is a string; one is marked read by its id alone.
"use strict";

const { found } = require("../errors");

const forCaller = ({ claims }) => ({ tenantId: claims.tenantId, recipientId: claims.userId });

const list = (exchange) => exchange.store.find("task_notifications", forCaller(exchange), "created_at DESC");

async function count({ store, claims }) {
  // count(*) is a bigint, which the driver hands over as a string; the CRM passes it on like that.
  const { unread } = await store.one(
    "SELECT count(*) AS unread FROM task_notifications WHERE tenant_id = $1 AND recipient_id = $2 AND NOT is_read",
    [claims.tenantId, claims.userId]);
  return { count: unread };
}

const markRead = async ({ store, params }) =>
  found(await store.update("task_notifications", { isRead: true, readAt: new Date() }, { id: params.id }), "Notification");

async function markAllRead({ store, claims }) {
  await store.query(
    "UPDATE task_notifications SET is_read = true, read_at = now() WHERE tenant_id = $1 AND recipient_id = $2 AND NOT is_read",
    [claims.tenantId, claims.userId]);
  return { message: "All notifications marked as read" };
}

/** One notification per recipient who did not cause it. */
async function notify(store, { recipients, task, claims, type, title, message }) {
  const others = [...new Set(recipients)].filter((id) => id && id !== claims.userId);
  for (const recipientId of others) {
    await store.insert("task_notifications", {
      tenantId: claims.tenantId, recipientId, taskId: task.id, actorId: claims.userId, type, title, message,
    });
  }
}

module.exports = { list, count, markRead, markAllRead, notify };
