create table assets_asset (
  number integer primary key,
  account_id integer not null,
  id text not null,
  arrival_key text not null,
  name text not null,
  name_key text not null,
  description text not null,
  kind text not null,
  flags text not null,
  deleted integer not null check (deleted in (0, 1)),
  tags text not null,
  original_name text not null,
  technical text,
  size_bytes integer,
  duration_us integer,
  warnings text not null,
  poster_id text,
  thumbnails_id text,
  published_to text,
  work text,
  created_by text not null,
  revision integer not null,
  created_at_ms integer not null,
  updated_at_ms integer not null,
  size_key integer generated always as (coalesce(size_bytes, 0)) virtual,
  duration_key integer generated always as (coalesce(duration_us, 0)) virtual,
  unique (account_id, id),
  unique (account_id, arrival_key)
) strict;
create index assets_asset_by_number on assets_asset (account_id, deleted, number);
create index assets_asset_by_name on assets_asset (account_id, deleted, name_key, number);
create index assets_asset_by_size on assets_asset (account_id, deleted, size_key, number);
create index assets_asset_by_duration on assets_asset (account_id, deleted, duration_key, number);
create table assets_file (
  id text primary key,
  account_id integer not null,
  asset_id text not null,
  original_name text not null,
  name_bytes text,
  size_bytes integer not null,
  media_type text not null,
  sha256 text,
  md5 text,
  xxh64 text,
  storage text not null,
  location text not null check (location in ('managed', 'in_place')),
  path text not null,
  state text not null check (state in ('present', 'missing', 'changed')),
  identity text,
  created_at_ms integer not null
) strict;
create index assets_file_by_asset on assets_file (account_id, asset_id);
create index assets_file_by_checksum on assets_file (account_id, sha256) where sha256 is not null;
create table assets_rendition (
  id text primary key,
  account_id integer not null,
  asset_id text not null,
  kind text not null,
  name text not null,
  files text not null,
  main_file text not null,
  media_type text not null,
  size_bytes integer not null,
  facts text not null,
  job_id text,
  job_key text not null,
  settings text not null,
  folder text not null,
  created_at_ms integer not null,
  unique (account_id, asset_id, name)
) strict;
create index assets_rendition_by_kind on assets_rendition (account_id, kind, id);
create table assets_sub_clip (
  id text primary key,
  account_id integer not null,
  asset_id text not null,
  name text not null,
  in_index integer not null,
  out_index integer not null,
  rate_num integer not null,
  rate_den integer not null,
  created_by text not null,
  created_at_ms integer not null,
  check (out_index > in_index)
) strict;
create index assets_sub_clip_by_asset on assets_sub_clip (account_id, asset_id);
create table assets_outbox (
  number integer primary key autoincrement,
  account_id integer not null,
  event_id text not null unique,
  event text not null
) strict;
