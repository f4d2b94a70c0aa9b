alter table assets_sub_clip add column revision integer not null default 1;
create table assets_marker (
  id text primary key,
  account_id integer not null,
  asset_id text not null,
  frame_index integer not null check (frame_index >= 0),
  rate_num integer not null,
  rate_den integer not null,
  text text not null,
  author_id text not null,
  created_by text not null,
  created_at_ms integer not null,
  revision integer not null
) strict;
create index assets_marker_by_asset on assets_marker (account_id, asset_id, frame_index);
