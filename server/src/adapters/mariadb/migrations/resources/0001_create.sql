create table resources_storage (
  id char(36) primary key,
  account_id bigint not null,
  name varchar(200) not null,
  url text not null,
  purpose varchar(20) not null,
  low_water_bytes bigint,
  revision bigint not null,
  unique (account_id, name)
) collate utf8mb4_nopad_bin;
create table resources_hot_folder (
  id char(36) primary key,
  account_id bigint not null,
  name varchar(200) not null,
  path text not null,
  path_hash char(64) as (sha2(path, 256)) persistent,
  workflow varchar(200) not null,
  quiet_seconds double not null,
  enabled tinyint not null,
  duplicates varchar(20) not null,
  revision bigint not null,
  created_at_ms bigint not null,
  unique (path_hash),
  index resources_hot_folder_by_account (account_id, id)
) collate utf8mb4_nopad_bin;
create table resources_outbox (
  number bigint primary key auto_increment,
  account_id bigint not null,
  event_id char(36) not null unique,
  event mediumtext not null
) collate utf8mb4_nopad_bin;
