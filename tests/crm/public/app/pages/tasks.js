// Tasks: the list, and one task with its people, checklist, comments and time.

import { avatar, badge, h } from "../dom.js";
import { call, invalidate, query } from "../api.js";
import { date } from "../format.js";
import { field, form, openForm } from "../forms.js";
import { addButton, details, pageHead, smallButton, table } from "../listing.js";
import { refresh } from "../router.js";

const STATUSES = [["not_started", "Not started"], ["in_progress", "In progress"], ["review", "Review"], ["completed", "Completed"]];
const PRIORITIES = ["low", "medium", "high", "urgent"].map((one) => [one, one]);

const changed = () => {
  invalidate("/tasks", "/customers/", "/reports");
  refresh();
};

const fullName = (person) => `${person.firstName} ${person.lastName}`;

export async function tasksPage() {
  document.title = "Tasks · Nexus CRM";
  const [rows, users] = await Promise.all([query("/tasks"), query("/users")]);
  const people = users.map((user) => [user.id, fullName(user)]);
  const add = () => openForm("New task", [
    field("title", "Title", { required: true, wide: true }),
    field("priority", "Priority", { type: "select", required: true, options: PRIORITIES, value: "medium" }),
    field("dueDate", "Due", { type: "date" }),
    field("assignees", "Assignees", { type: "people", options: people }),
    field("checklists", "Checklist, one item a line", { type: "lines" }),
    field("description", "Description", { type: "textarea" }),
  ], {
    action: "Create task",
    submit: async (values) => {
      await call("POST", "/tasks", { ...values, ...(values.assignees.length ? { assignedTo: values.assignees[0] } : {}) });
      changed();
    },
  });
  const nameOf = (id) => people.find(([key]) => key === id)?.[1] ?? "—";
  return h("section", { testid: "page-tasks" },
    pageHead("Tasks", `${rows.length} in total`, addButton("New task", "button-add-task", add)),
    table({
      name: "task", rows, href: (row) => `/tasks/${row.id}`,
      columns: [["Title", (row) => row.title], ["Status", (row) => badge(row.status)], ["Priority", (row) => badge(row.priority)],
        ["Assignee", (row) => nameOf(row.assignedTo)], ["Due", (row) => date(row.dueDate)]],
    }));
}

export async function taskPage({ id }) {
  const task = await query(`/tasks/${id}/details`);
  document.title = `${task.title} · Nexus CRM`;
  const act = (method, path, body) => async () => {
    await call(method, `/tasks/${id}${path}`, body);
    changed();
  };
  const status = h("select", { "aria-label": "Status", testid: "select-status", onchange: () => act("PATCH", "", { status: status.value })() },
    STATUSES.map(([key, label]) => h("option", { value: key, selected: key === task.status }, label)));
  return h("section", { testid: "page-task" },
    pageHead(task.title, task.description, status),
    h("div", { class: "halves" },
      h("div", {}, h("div", { class: "card" }, h("h2", {}, "Details"), details([["Priority", badge(task.priority)], ["Due", date(task.dueDate)],
        ["Created by", task.creator && fullName(task.creator)], ["People", task.assignments.filter((one) => one.user).map((one) => fullName(one.user)).join(", ")]])),
      checklistCard(task, act), timeCard(task, act)),
      commentsCard(task, id)));
}

function checklistCard(task, act) {
  const item = (one) => h("label", { class: "check" },
    h("input", { type: "checkbox", checked: one.isCompleted, testid: `checkbox-item-${one.id}`, onchange: act("POST", `/checklist/${one.id}/toggle`) }),
    h("span", { class: one.isCompleted ? "done" : "" }, one.title));
  const done = task.checklist.filter((one) => one.isCompleted).length;
  return h("div", { class: "card" }, h("h2", {}, `Checklist ${done}/${task.checklist.length}`), task.checklist.map(item));
}

function timeCard(task, act) {
  const minutes = task.timeLogs.reduce((sum, log) => sum + (log.durationMinutes ?? 0), 0);
  const running = task.timeLogs.some((log) => !log.endedAt && log.durationMinutes === null);
  return h("div", { class: "card" }, h("h2", {}, "Time"), h("p", {}, h("strong", { testid: "text-minutes" }, `${minutes} min`), " logged"),
    running ? smallButton("Stop timer", "button-stop-timer", act("POST", "/timelogs/stop")) : smallButton("Start timer", "button-start-timer", act("POST", "/timelogs/start", {})));
}

function commentsCard(task, id) {
  const line = (comment) => h("div", { class: "comment" }, avatar(comment.user ?? {}),
    h("div", {}, h("p", {}, h("strong", {}, comment.user ? fullName(comment.user) : "Someone"), " ", h("small", { class: "muted" }, date(comment.createdAt))), h("p", {}, comment.content)));
  return h("div", { class: "card" }, h("h2", {}, "Comments"), task.comments.map(line),
    form([field("content", "Add a comment", { type: "textarea", required: true })], {
      action: "Comment",
      submit: async (values) => {
        await call("POST", `/tasks/${id}/comments`, values);
        changed();
      },
    }));
}
