create table platform_number (
  noun text primary key,
  next integer not null
) strict;
create table platform_idempotency (
  account_id integer not null,
  user_id text not null,
  request_key text not null,
  request_hash text not null,
  status integer,
  reply text,
  at_ms integer not null,
  primary key (account_id, user_id, request_key)
) strict, without rowid;
create index platform_idempotency_by_time on platform_idempotency (at_ms);
