create table jobs_job (
  number integer primary key autoincrement,
  account_id integer not null,
  id text not null,
  job_key text not null,
  kind text not null,
  pool text not null,
  repeat_mode text not null check (repeat_mode in ('idempotent', 'neither')),
  state text not null,
  priority integer not null,
  attempt integer not null,
  attempts_max integer not null,
  starts integer not null,
  waits integer not null,
  losses integer not null,
  retry_delay_ms integer not null,
  retry_factor real not null,
  timeout_ms integer not null,
  progress real,
  why text,
  fault text,
  run_id text,
  node_id text,
  workflow text,
  asset_id text,
  asset text,
  input text not null,
  output text,
  worker text,
  lease_token text,
  lease_until_ms integer,
  created_at_ms integer not null,
  ready_at_ms integer not null,
  started_at_ms integer,
  ended_at_ms integer,
  revision integer not null,
  unique (account_id, job_key),
  unique (account_id, id),
  check ((state = 'running') = (lease_token is not null))
) strict;
create index jobs_job_ready on jobs_job (pool, priority desc, ready_at_ms, number) where state = 'queued';
create index jobs_job_scheduled on jobs_job (ready_at_ms) where state = 'scheduled';
create index jobs_job_leased on jobs_job (lease_until_ms) where state = 'running';
create index jobs_job_by_state on jobs_job (account_id, state, number);
create index jobs_job_by_run on jobs_job (account_id, run_id, number) where run_id is not null;
create index jobs_job_by_asset on jobs_job (account_id, asset_id, number) where asset_id is not null;
create index jobs_job_ended on jobs_job (ended_at_ms) where ended_at_ms is not null;
create table jobs_log (
  job_number integer not null,
  line integer not null,
  account_id integer not null,
  at_ms integer not null,
  attempt integer not null,
  level text not null,
  message text not null,
  facts text,
  primary key (job_number, line)
) strict, without rowid;
create table jobs_outbox (
  number integer primary key autoincrement,
  account_id integer not null,
  event_id text not null unique,
  event text not null
) strict;
