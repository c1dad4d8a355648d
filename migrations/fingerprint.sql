-- Every object of this database outside schema annex, one line each. Not: the contents of pg_catalog and information_schema, the
-- rows of tables, the position of sequences, and what belongs to the whole cluster.
with spaces as (
  select oid, nspname::text as name, nspowner, nspacl
  from pg_namespace
  where nspname not in ('annex', 'pg_catalog', 'information_schema', 'pg_toast') and nspname !~ '^pg_(toast_)?temp_'
),
relations as (
  select c.*, s.name || '.' || c.relname as name from pg_class as c join spaces as s on s.oid = c.relnamespace
),
-- Access lists are sorted; an absent one is the built-in default.
lines (kind, name, definition) as (
  select 'database', datname::text, concat_ws(' ', pg_get_userbyid(datdba), (select string_agg(x::text, ',' order by x::text) from unnest(datacl) as x))
  from pg_database where datname = current_database()
  union all
  select 'database setting', coalesce(pg_get_userbyid(nullif(setrole, 0)), '*'), array_to_string(setconfig, ' ')
  from pg_db_role_setting where setdatabase = (select oid from pg_database where datname = current_database())
  union all
  select 'schema', nspname::text, concat_ws(' ', pg_get_userbyid(nspowner), (select string_agg(x::text, ',' order by x::text) from unnest(nspacl) as x))
  from pg_namespace where nspname in ('pg_catalog', 'information_schema') or oid in (select oid from spaces)
  union all
  select 'extension', extname::text, concat_ws(' ', extversion, extnamespace::regnamespace, pg_get_userbyid(extowner)) from pg_extension
  union all
  select 'relation', r.name,
    concat_ws(' ', r.relkind, r.relpersistence, pg_get_userbyid(r.relowner), 'identity ' || r.relreplident::text,
      case when r.relrowsecurity then 'rls' end, case when r.relforcerowsecurity then 'forced' end,
      'tablespace ' || nullif(r.reltablespace, 0)::text, array_to_string(r.reloptions, ','),
      case when r.relkind = 'p' then pg_get_partkeydef(r.oid) end, pg_get_expr(r.relpartbound, r.oid),
      (select string_agg(x::text, ',' order by x::text) from unnest(r.relacl) as x))
  from relations as r
  union all
  select 'column', r.name || '.' || a.attname,
    concat_ws(' ', a.attnum, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
      'default ' || pg_get_expr(d.adbin, d.adrelid), nullif(a.attidentity::text, ''), nullif(a.attgenerated::text, ''),
      'collation ' || nullif(a.attcollation, 0)::text, a.attstorage, 'statistics ' || nullif(a.attstattarget, -1)::text,
      array_to_string(a.attoptions, ','), (select string_agg(x::text, ',' order by x::text) from unnest(a.attacl) as x))
  from relations as r
  join pg_attribute as a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where r.relkind in ('r', 'p', 'v', 'm', 'f', 'c')
  union all
  select 'view', r.name, pg_get_viewdef(r.oid) from relations as r where r.relkind in ('v', 'm')
  union all
  select 'rule', r.name || '.' || w.rulename, pg_get_ruledef(w.oid) || ' ' || w.ev_enabled::text
  from relations as r join pg_rewrite as w on w.ev_class = r.oid where r.relkind not in ('v', 'm')
  union all
  select 'sequence', r.name, concat_ws(' ', format_type(q.seqtypid, null), q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle)
  from relations as r join pg_sequence as q on q.seqrelid = r.oid
  union all
  select 'index', r.name, pg_get_indexdef(r.oid) || case when i.indisvalid then '' else ' invalid' end || case when i.indisclustered then ' clustered' else '' end
  from relations as r join pg_index as i on i.indexrelid = r.oid
  union all
  select 'inheritance', r.name, i.inhparent::regclass::text || ' ' || i.inhseqno from relations as r join pg_inherits as i on i.inhrelid = r.oid
  union all
  select 'constraint', s.name || '.' || coalesce(k.conrelid::regclass::text, k.contypid::regtype::text) || '.' || k.conname,
    pg_get_constraintdef(k.oid)
  from pg_constraint as k join spaces as s on s.oid = k.connamespace
  union all
  -- Internal ones too: that is how a foreign key from elsewhere onto a table here shows.
  select 'trigger', r.name || '.' || case when t.tgisinternal then coalesce(k.conname, '') || ' ' || t.tgfoid::regproc else t.tgname end,
    t.tgenabled::text || case when t.tgisinternal then '' else ' ' || pg_get_triggerdef(t.oid) end
  from relations as r join pg_trigger as t on t.tgrelid = r.oid left join pg_constraint as k on k.oid = t.tgconstraint
  union all
  select 'policy', r.name || '.' || p.polname,
    concat_ws(' ', p.polcmd, p.polpermissive, (select string_agg(x::regrole::text, ',' order by x::regrole::text) from unnest(p.polroles) as x),
      pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
  from relations as r join pg_policy as p on p.polrelid = r.oid
  union all
  select 'statistics', s.name || '.' || x.stxname, pg_get_statisticsobjdef(x.oid) from pg_statistic_ext as x join spaces as s on s.oid = x.stxnamespace
  union all
  select 'function', p.oid::regprocedure::text,
    concat_ws(' ', pg_get_userbyid(p.proowner),
      case when p.prokind = 'a' then 'aggregate' else pg_get_functiondef(p.oid) end,
      (select string_agg(x::text, ',' order by x::text) from unnest(p.proacl) as x))
  from pg_proc as p join spaces as s on s.oid = p.pronamespace
  union all
  select 'type', s.name || '.' || t.typname,
    concat_ws(' ', t.typtype, pg_get_userbyid(t.typowner), format_type(nullif(t.typbasetype, 0), t.typtypmod),
      case when t.typnotnull then 'not null' end, t.typdefault,
      (select string_agg(e.enumlabel, ',' order by e.enumsortorder) from pg_enum as e where e.enumtypid = t.oid),
      (select string_agg(x::text, ',' order by x::text) from unnest(t.typacl) as x))
  from pg_type as t join spaces as s on s.oid = t.typnamespace
  union all
  select 'default privileges', concat_ws(' ', pg_get_userbyid(defaclrole), nullif(defaclnamespace, 0)::regnamespace, defaclobjtype),
    (select string_agg(x::text, ',' order by x::text) from unnest(defaclacl) as x)
  from pg_default_acl where defaclnamespace is distinct from to_regnamespace('annex')
  union all
  select 'operator', o.oid::regoperator::text, concat_ws(' ', o.oprcode::regproc, pg_get_userbyid(o.oprowner))
  from pg_operator as o join spaces as s on s.oid = o.oprnamespace
  union all
  select 'collation', s.name || '.' || c.collname, concat_ws(' ', c.collprovider, c.collcollate, c.collctype, c.collversion)
  from pg_collation as c join spaces as s on s.oid = c.collnamespace
  union all
  select 'text search', s.name || '.' || c.cfgname, pg_get_userbyid(c.cfgowner) from pg_ts_config as c join spaces as s on s.oid = c.cfgnamespace
  union all
  select 'cast', format('%s as %s', format_type(c.castsource, null), format_type(c.casttarget, null)),
    concat_ws(' ', nullif(c.castfunc, 0)::regprocedure, c.castcontext, c.castmethod)
  from pg_cast as c where c.oid >= 16384
  union all
  select 'event trigger', evtname::text, concat_ws(' ', evtevent, evtenabled, evtfoid::regproc, array_to_string(evttags, ',')) from pg_event_trigger
  union all
  select 'publication', p.pubname::text, concat_ws(' ', p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, pg_get_userbyid(p.pubowner))
  from pg_publication as p
  union all
  select 'published', p.pubname || ' ' || x.prrelid::regclass, coalesce(pg_get_expr(x.prqual, x.prrelid), '')
  from pg_publication_rel as x join pg_publication as p on p.oid = x.prpubid
  union all
  select 'subscription', subname::text, subenabled::text
  from pg_subscription where subdbid = (select oid from pg_database where datname = current_database())
  union all
  select 'language', lanname::text, concat_ws(' ', lanpltrusted, pg_get_userbyid(lanowner)) from pg_language
  union all
  select 'foreign server', srvname::text, concat_ws(' ', pg_get_userbyid(srvowner), array_to_string(srvacl, ',')) from pg_foreign_server
  union all
  select 'comment', pg_describe_object(d.classoid, d.objoid, d.objsubid), d.description
  from pg_description as d
  where exists (select from relations as r where d.classoid = 'pg_class'::regclass and r.oid = d.objoid)
     or exists (select from pg_proc as p join spaces as s on s.oid = p.pronamespace where d.classoid = 'pg_proc'::regclass and p.oid = d.objoid)
     or exists (select from spaces as s where d.classoid = 'pg_namespace'::regclass and s.oid = d.objoid)
)
select kind || E'\t' || name || E'\t' || coalesce(definition, '') as line
from lines
