-- Loses: every webhook with its secret, and every delivery that was not made yet. What happened stays in the audit log.

set local lock_timeout = '5s';

drop trigger audit_events_queue_webhooks on annex.audit_events;
drop function annex.queue_webhook_deliveries();
drop table annex.webhook_deliveries;
drop table annex.webhooks;
