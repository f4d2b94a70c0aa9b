create table workflows_definition (
  id text primary key,
  account_id integer not null,
  name text not null,
  version integer not null,
  current integer not null check (current in (0, 1)),
  content text not null,
  checksum text not null,
  created_at_ms integer not null,
  created_by text not null,
  unique (account_id, name, version)
) strict;
create table workflows_run (
  number integer primary key autoincrement,
  account_id integer not null,
  id text not null,
  run_key text not null,
  workflow text not null,
  version integer not null,
  definition_id text not null,
  status text not null check (status in ('running', 'paused', 'completed', 'failed', 'cancelled')),
  reason text,
  warnings text not null,
  asset_id text,
  asset text,
  started_by text not null,
  variables text not null,
  nodes text not null,
  outputs text not null,
  outputs_length integer not null,
  parent_run_id text,
  parent text,
  depth integer not null,
  created_at_ms integer not null,
  ended_at_ms integer,
  revision integer not null,
  unique (account_id, run_key),
  unique (account_id, id)
) strict;
create index workflows_run_by_status on workflows_run (account_id, status, number);
create index workflows_run_by_asset on workflows_run (account_id, asset_id, number) where asset_id is not null;
create index workflows_run_by_parent on workflows_run (account_id, parent_run_id) where parent_run_id is not null;
create index workflows_run_ended on workflows_run (ended_at_ms) where ended_at_ms is not null;
create table workflows_command (
  number integer primary key autoincrement,
  account_id integer not null,
  command text not null
) strict;
create table workflows_inbox (
  consumer text not null,
  event_id text not null,
  primary key (consumer, event_id)
) strict, without rowid;
create table workflows_outbox (
  number integer primary key autoincrement,
  account_id integer not null,
  event_id text not null unique,
  event text not null
) strict;
