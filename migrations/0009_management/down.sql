-- Loses: every workspace's industry, address, e-mail address, phone number and language, and every offer of ownership, ended ones
-- included. Who owns a workspace stays.

set local lock_timeout = '5s';

drop table annex.ownership_transfers;

alter table annex.workspaces
  drop constraint workspaces_industry_check,
  drop constraint workspaces_address_check,
  drop constraint workspaces_contact_email_check,
  drop constraint workspaces_phone_check,
  drop constraint workspaces_language_check,
  drop column industry,
  drop column address,
  drop column contact_email,
  drop column phone,
  drop column language;
