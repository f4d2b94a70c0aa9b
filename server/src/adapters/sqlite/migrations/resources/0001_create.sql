create table resources_storage (
  id text primary key,
  account_id integer not null,
  name text not null,
  url text not null,
  purpose text not null check (purpose in ('media', 'uploads', 'publish', 'in_place')),
  low_water_bytes integer,
  revision integer not null,
  unique (account_id, name)
) strict;
create table resources_hot_folder (
  id text primary key,
  account_id integer not null,
  name text not null,
  path text not null unique,
  workflow text not null,
  quiet_seconds real not null,
  enabled integer not null,
  duplicates text not null check (duplicates in ('refuse', 'ingest')),
  revision integer not null,
  created_at_ms integer not null
) strict;
create index resources_hot_folder_by_account on resources_hot_folder (account_id, id);
create table resources_outbox (
  number integer primary key autoincrement,
  account_id integer not null,
  event_id text not null unique,
  event text not null
) strict;
