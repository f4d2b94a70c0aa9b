create table resources_quota (
  id char(36) primary key,
  account_id bigint not null,
  scope varchar(20) not null,
  name varchar(200) not null,
  max_running int not null check (max_running >= 0),
  revision bigint not null,
  created_at_ms bigint not null,
  unique (account_id, scope, name)
) collate utf8mb4_nopad_bin;
