// The table-driven handlers that serve most of the CRM. A handler takes an exchange
// `{store, settings, claims, params, query, body, req}` and returns what to answer.
// Promises: tenant resources filter by the token's tenant; PATCH hands the raw body to the UPDATE
// (tenantId, id and ownerId included), which is the CRM's mass assignment, kept as it is.
"use strict";

const { parseNew } = require("./model");
const { found } = require("./errors");

/** An answer with another status than 200. */
class Answer {
  constructor(status, body) {
    this.status = status;
    this.body = body;
  }
}
const created = (row) => new Answer(201, row);

const mine = ({ claims }) => ({ tenantId: claims.tenantId });

/** Everyone sees the tenant's rows, except the named user types: they see their own. */
const narrowedBy = (own, userTypes) => ({ claims }) =>
  userTypes.includes(claims.userType) ? { [own]: claims.userId } : {};

/** The five routes of a resource that belongs to a tenant. */
function tenantResource({ table, noun, author, narrow = () => ({}), order = "created_at DESC, id" }) {
  const stamp = ({ claims }) => ({ tenantId: claims.tenantId, ...(author ? { [author]: claims.userId } : {}) });
  return {
    list: (exchange) => exchange.store.find(table, { ...mine(exchange), ...narrow(exchange) }, order),
    read: async (exchange) =>
      found(await exchange.store.get(table, { id: exchange.params.id, ...mine(exchange) }), noun),
    create: async (exchange) =>
      created(await exchange.store.insert(table, parseNew(table, exchange.body, stamp(exchange)))),
    update: async (exchange) =>
      found(await exchange.store.update(table, exchange.body, { id: exchange.params.id, ...mine(exchange) }), noun),
    remove: async (exchange) => {
      found(await exchange.store.remove(table, { id: exchange.params.id, ...mine(exchange) }), noun);
      return { message: `${noun} deleted successfully` };
    },
  };
}

/**
 * Routes of a child row that the CRM finds by its id alone: any tenant's token reaches any tenant's row.
 * `parent` is the child's reference, `parentParam` the route parameter that fills it.
 */
function unscopedChild({ table, noun, parent, parentParam = "id", param = "id", author, order = "created_at" }) {
  return {
    list: ({ store, params }) => store.find(table, { [parent]: params[parentParam] }, order),
    create: async ({ store, params, body, claims }) => {
      const stamped = { [parent]: params[parentParam], ...(author ? { [author]: claims.userId } : {}) };
      return created(await store.insert(table, parseNew(table, body, stamped)));
    },
    update: async ({ store, params, body }) => found(await store.update(table, body, { id: params[param] }), noun),
    remove: async ({ store, params }) => {
      found(await store.remove(table, { id: params[param] }), noun);
      return { message: `${noun} deleted successfully` };
    },
  };
}

/** Puts the rows of one parent into the order of `ids`. */
const reorder = (table, parent, parentParam, bodyKey) => async ({ store, params, body }) => {
  const ids = Array.isArray(body?.[bodyKey]) ? body[bodyKey] : [];
  return store.transaction(async (tx) => {
    for (const [sortOrder, id] of ids.entries()) {
      await tx.update(table, { sortOrder }, { id, [parent]: params[parentParam] });
    }
    return tx.find(table, { [parent]: params[parentParam] }, "sort_order");
  });
};

module.exports = { Answer, created, mine, narrowedBy, tenantResource, unscopedChild, reorder };
