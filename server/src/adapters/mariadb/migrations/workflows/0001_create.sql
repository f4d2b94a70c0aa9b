create table workflows_definition (
  id char(36) primary key,
  account_id bigint not null,
  name varchar(200) not null,
  version int not null,
  current tinyint not null,
  content mediumtext not null,
  checksum char(64) not null,
  created_at_ms bigint not null,
  created_by varchar(200) not null,
  unique (account_id, name, version)
) collate utf8mb4_nopad_bin;
create table workflows_run (
  number bigint primary key auto_increment,
  account_id bigint not null,
  id char(36) not null,
  run_key varchar(400) not null,
  workflow varchar(200) not null,
  version int not null,
  definition_id char(36) not null,
  status varchar(20) not null,
  reason text,
  warnings mediumtext not null,
  asset_id char(36),
  asset text,
  started_by varchar(200) not null,
  variables mediumtext not null,
  nodes mediumtext not null,
  outputs mediumtext not null,
  outputs_length bigint not null,
  parent_run_id char(36),
  parent text,
  depth int not null,
  created_at_ms bigint not null,
  ended_at_ms bigint,
  revision bigint not null,
  unique (account_id, run_key),
  unique (account_id, id),
  index workflows_run_by_status (account_id, status, number),
  index workflows_run_by_asset (account_id, asset_id, number),
  index workflows_run_by_parent (account_id, parent_run_id),
  index workflows_run_ended (ended_at_ms)
) collate utf8mb4_nopad_bin;
create table workflows_command (
  number bigint primary key auto_increment,
  account_id bigint not null,
  command mediumtext not null
) collate utf8mb4_nopad_bin;
create table workflows_inbox (
  consumer varchar(100) not null,
  event_id char(36) not null,
  primary key (consumer, event_id)
) collate utf8mb4_nopad_bin;
create table workflows_outbox (
  number bigint primary key auto_increment,
  account_id bigint not null,
  event_id char(36) not null unique,
  event mediumtext not null
) collate utf8mb4_nopad_bin;
