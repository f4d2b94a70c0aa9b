create table platform_number (
  noun varchar(100) primary key,
  next bigint not null
) collate utf8mb4_nopad_bin;
create table platform_idempotency (
  account_id bigint not null,
  user_id varchar(100) not null,
  request_key varchar(200) not null,
  request_hash char(64) not null,
  status int,
  reply mediumtext,
  at_ms bigint not null,
  primary key (account_id, user_id, request_key),
  index platform_idempotency_by_time (at_ms)
) collate utf8mb4_nopad_bin;
