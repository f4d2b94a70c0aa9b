create table events_history (
  sequence integer primary key autoincrement,
  event_id text not null unique,
  account_id integer not null,
  name text not null,
  at_ms integer not null,
  asset_id text,
  run_id text,
  job_id text,
  event text not null
) strict;
create index events_history_by_asset on events_history (asset_id, sequence) where asset_id is not null;
create index events_history_by_run on events_history (run_id, sequence) where run_id is not null;
create table events_consumer (
  consumer text primary key,
  position integer not null
) strict;
create table events_dead_letter (
  number integer primary key autoincrement,
  consumer text not null,
  sequence integer not null,
  reason text not null,
  at_ms integer not null,
  unique (consumer, sequence)
) strict;
