-- Loses: the whole audit trail of every workspace and of the platform. Export it first
-- (`copy (select * from annex.audit_events order by tenant_id, seq) to …`); a chain cannot be rebuilt.

set local lock_timeout = '5s';

drop function annex.verify_audit_chain(text);
drop function annex.append_audit_event(text, text, text, text, text, text, jsonb, text, text, text);
drop function annex.audit_hash(annex.audit_events);
drop function annex.audit_canonical(annex.audit_events);
drop table annex.audit_events;
drop table annex.audit_heads;
drop function annex.guard_audit_head();
drop function annex.refuse_audit_change();
