// Tasks. Promises: a task, its assignments and its checklist are written together; everyone assigned
// but the creator gets one notification; details embed whole users rows, password hash included.
"use strict";

const { found } = require("../errors");
const { created, mine, tenantResource } = require("../crud");
const { parseNew } = require("../model");
const { notify } = require("./notifications");

const NARROWED = ["team_member", "customer"];

const basic = tenantResource({ table: "tasks", noun: "Task", author: "createdBy" });

function list(exchange) {
  const { store, claims } = exchange;
  if (!NARROWED.includes(claims.userType)) return basic.list(exchange);
  return store.query(
    `SELECT * FROM tasks t WHERE tenant_id = $1
       AND (assigned_to = $2 OR created_by = $2
            OR EXISTS (SELECT 1 FROM task_assignments a WHERE a.task_id = t.id AND a.user_id = $2))
     ORDER BY created_at DESC`, [claims.tenantId, claims.userId]);
}

async function analytics(exchange) {
  const tasks = await exchange.store.find("tasks", mine(exchange));
  const tally = (key) => tasks.reduce((sums, task) => ({ ...sums, [task[key]]: (sums[task[key]] ?? 0) + 1 }), {});
  const now = new Date();
  const isOpen = (task) => task.status !== "completed";
  return {
    total: tasks.length,
    completed: tasks.filter((task) => !isOpen(task)).length,
    overdue: tasks.filter((task) => isOpen(task) && task.dueDate && task.dueDate < now).length,
    byStatus: tally("status"),
    byPriority: tally("priority"),
  };
}

/** Children joined with the whole users row under `as`: the CRM leaks the password hash here. */
async function withUsers(store, rows, key, as = "user") {
  const ids = [...new Set(rows.map((row) => row[key]).filter(Boolean))];
  const users = await store.query("SELECT * FROM users WHERE id = ANY($1)", [ids]);
  return rows.map((row) => ({ ...row, [as]: users.find((user) => user.id === row[key]) ?? null }));
}

async function details(exchange) {
  const { store, params } = exchange;
  const task = await basic.read(exchange);
  const children = (table, order) => store.find(table, { taskId: params.id }, order);
  const [assignments, comments, checklist, timeLogs, activity, statusHistory, attachments] = await Promise.all([
    children("task_assignments", "assigned_at"), children("task_comments", "created_at"),
    children("task_checklist_items", "sort_order, created_at"), children("task_time_logs", "started_at"),
    children("task_activity_log", "created_at DESC"), children("task_status_history", "created_at DESC"),
    children("task_attachments", "created_at"),
  ]);
  const [{ creator, assignee }] = await withUsers(store, await withUsers(store, [task], "createdBy", "creator"), "assignedTo", "assignee");
  return {
    ...task, creator, assignee, checklist, attachments,
    assignments: await withUsers(store, assignments, "userId"),
    comments: await withUsers(store, comments, "userId"),
    timeLogs: await withUsers(store, timeLogs, "userId"),
    activity: await withUsers(store, activity, "userId"),
    statusHistory: await withUsers(store, statusHistory, "changedBy"),
  };
}

const idOf = (assignee) => (typeof assignee === "string" ? assignee : assignee?.userId);
const titleOf = (item) => (typeof item === "string" ? item : item?.title);

function create({ store, claims, body }) {
  const { tenantId, userId } = claims;
  const values = parseNew("tasks", body, { tenantId, createdBy: userId });
  const assignees = [...new Set((Array.isArray(body.assignees) ? body.assignees : []).map(idOf).filter(Boolean))];
  const checklist = (Array.isArray(body.checklists) ? body.checklists : []).map(titleOf).filter(Boolean);
  return store.transaction(async (tx) => {
    const task = await tx.insert("tasks", values);
    for (const assignee of assignees) {
      await tx.insert("task_assignments", { taskId: task.id, userId: assignee, assignedBy: userId });
    }
    for (const [sortOrder, title] of checklist.entries()) {
      await tx.insert("task_checklist_items", { taskId: task.id, title, sortOrder });
    }
    await recordActivity(tx, task, claims, "created", `Created task "${task.title}"`);
    await tx.insert("task_status_history", { taskId: task.id, changedBy: userId, toStatus: task.status });
    await notify(tx, {
      recipients: [task.assignedTo, ...assignees], task, claims,
      type: "task_assigned", title: "New task assigned", message: `You have been assigned to "${task.title}"`,
    });
    return created(task);
  });
}

const recordActivity = (store, task, { userId }, action, description, change = {}) =>
  store.insert("task_activity_log", { taskId: task.id, userId, action, description, ...change });

function update(exchange) {
  const { store, claims, params, body } = exchange;
  return store.transaction(async (tx) => {
    const before = found(await tx.get("tasks", { id: params.id, ...mine(exchange) }), "Task");
    const finished = body?.status === "completed" && before.status !== "completed";
    const values = finished ? { ...body, completedAt: new Date() } : body;
    const task = await tx.update("tasks", values, { id: params.id, ...mine(exchange) });
    if (task.status !== before.status) await recordStatusChange(tx, before, task, claims);
    if (task.assignedTo && task.assignedTo !== before.assignedTo) {
      await notify(tx, {
        recipients: [task.assignedTo], task, claims,
        type: "task_assigned", title: "Task assigned", message: `You have been assigned to "${task.title}"`,
      });
    }
    return task;
  });
}

async function recordStatusChange(tx, before, task, claims) {
  const change = { oldValue: before.status, newValue: task.status };
  await tx.insert("task_status_history", { taskId: task.id, changedBy: claims.userId, fromStatus: before.status, toStatus: task.status });
  await recordActivity(tx, task, claims, "status_changed", `Changed status from ${before.status} to ${task.status}`, change);
  await notify(tx, {
    recipients: [task.createdBy, task.assignedTo], task, claims,
    type: "task_status", title: "Task status changed", message: `"${task.title}" is now ${task.status}`,
  });
}

module.exports = { list, analytics, read: basic.read, details, create, update, remove: basic.remove, withUsers, recordActivity };
