alter table assets_sub_clip add column revision bigint not null default 1;
create table assets_marker (
  id char(36) primary key,
  account_id bigint not null,
  asset_id char(36) not null,
  frame_index bigint not null,
  rate_num int not null,
  rate_den int not null,
  text text not null,
  author_id char(36) not null,
  created_by varchar(200) not null,
  created_at_ms bigint not null,
  revision bigint not null,
  index assets_marker_by_asset (account_id, asset_id, frame_index)
) collate utf8mb4_nopad_bin;
