// What hangs on a task: assignments, comments, checklist, time logs, history. Promises: exactly the
// routes that the contract calls unscoped use ids alone; the others look for the task in the tenant.
"use strict";

const { found } = require("../errors");
const { created, mine, unscopedChild } = require("../crud");
const { parseNew } = require("../model");
const { notify } = require("./notifications");
const { withUsers, recordActivity } = require("./tasks");

const taskOf = async (exchange) =>
  found(await exchange.store.get("tasks", { id: exchange.params.id, ...mine(exchange) }), "Task");

const listWithUsers = (table, key, order) => async ({ store, params }) =>
  withUsers(store, await store.find(table, { taskId: params.id }, order), key);

const assignments = {
  list: listWithUsers("task_assignments", "userId", "assigned_at"),
  async create(exchange) {
    const { store, body, claims } = exchange;
    const task = await taskOf(exchange);
    const values = parseNew("task_assignments", body, { taskId: task.id, assignedBy: claims.userId });
    const assignment = await store.insert("task_assignments", values);
    await recordActivity(store, task, claims, "assigned", "Assigned a user", { newValue: values.userId });
    await notify(store, {
      recipients: [values.userId], task, claims,
      type: "task_assigned", title: "New task assigned", message: `You have been assigned to "${task.title}"`,
    });
    return created(assignment);
  },
  async remove({ store, params }) {
    found(await store.remove("task_assignments", { taskId: params.id, userId: params.userId }), "Assignment");
    return { message: "Assignment removed successfully" };
  },
};

const comment = unscopedChild({ table: "task_comments", noun: "Comment", parent: "taskId", param: "commentId" });
const comments = {
  list: listWithUsers("task_comments", "userId", "created_at"),
  async create(exchange) {
    const { store, body, claims } = exchange;
    const task = await taskOf(exchange);
    const values = parseNew("task_comments", body, { taskId: task.id, userId: claims.userId });
    const row = await store.insert("task_comments", values);
    await recordActivity(store, task, claims, "commented", "Added a comment");
    const assigned = await store.find("task_assignments", { taskId: task.id });
    await notify(store, {
      recipients: [task.createdBy, task.assignedTo, ...assigned.map((one) => one.userId)], task, claims,
      type: "task_comment", title: "New comment", message: `New comment on "${task.title}"`,
    });
    return created(row);
  },
  update: ({ body, ...exchange }) => comment.update({ ...exchange, body: { content: body?.content } }),
  remove: comment.remove,
};

const item = unscopedChild({
  table: "task_checklist_items", noun: "Checklist item", parent: "taskId", param: "itemId", order: "sort_order, created_at",
});
const checklist = {
  ...item,
  async toggle(exchange) {
    const { store, params, claims } = exchange;
    const task = await taskOf(exchange);
    const before = found(await store.get("task_checklist_items", { id: params.itemId }), "Checklist item");
    const isCompleted = !before.isCompleted;
    const row = await store.update("task_checklist_items", {
      isCompleted,
      completedBy: isCompleted ? claims.userId : null,
      completedAt: isCompleted ? new Date() : null,
    }, { id: before.id });
    await recordActivity(store, task, claims, isCompleted ? "checklist_completed" : "checklist_reopened", `Checklist item "${row.title}"`);
    return row;
  },
};

const minutesBetween = (start, end) => Math.max(0, Math.round((end - start) / 60000));

const log = unscopedChild({ table: "task_time_logs", noun: "Time log", parent: "taskId", param: "logId", order: "started_at DESC" });
const timelogs = {
  list: log.list,
  remove: log.remove,
  async create(exchange) {
    const { store, body, claims } = exchange;
    const task = await taskOf(exchange);
    const values = parseNew("task_time_logs", body, { taskId: task.id, userId: claims.userId });
    if (values.endedAt && values.durationMinutes === undefined) {
      values.durationMinutes = minutesBetween(new Date(values.startedAt), new Date(values.endedAt));
    }
    const row = await store.insert("task_time_logs", values);
    await recordActivity(store, task, claims, "time_logged", `Logged ${row.durationMinutes ?? 0} minutes`);
    return created(row);
  },
  start: async ({ store, params, body, claims }) =>
    created(await store.insert("task_time_logs", {
      taskId: params.id, userId: claims.userId, startedAt: new Date(), description: body?.description,
    })),
  async stop({ store, params, claims }) {
    const running = found(await store.one(
      "SELECT * FROM task_time_logs WHERE task_id = $1 AND user_id = $2 AND ended_at IS NULL ORDER BY started_at DESC LIMIT 1",
      [params.id, claims.userId]), "Active timer");
    const endedAt = new Date();
    return store.update("task_time_logs", { endedAt, durationMinutes: minutesBetween(running.startedAt, endedAt) }, { id: running.id });
  },
};

const activity = listWithUsers("task_activity_log", "userId", "created_at DESC");
const statusHistory = listWithUsers("task_status_history", "changedBy", "created_at DESC");

module.exports = { assignments, comments, checklist, timelogs, activity, statusHistory };
