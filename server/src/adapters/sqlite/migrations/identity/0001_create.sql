create table identity_account (
  id integer primary key,
  name text not null unique,
  access_revision integer not null,
  created_at_ms integer not null
) strict;
create table identity_role (
  account_id integer not null references identity_account (id),
  id text not null,
  name text not null,
  name_key text not null,
  description text not null,
  rights text not null,
  built_in integer not null check (built_in in (0, 1)),
  revision integer not null,
  primary key (account_id, id),
  unique (account_id, name_key)
) strict;
create table identity_user (
  account_id integer not null references identity_account (id),
  id text not null,
  name text not null,
  name_key text not null,
  display_name text not null,
  email text,
  password_hash text not null,
  enabled integer not null check (enabled in (0, 1)),
  expires_at_ms integer,
  totp_secret text,
  totp_enabled integer not null check (totp_enabled in (0, 1)),
  totp_last_step integer,
  revision integer not null,
  created_at_ms integer not null,
  updated_at_ms integer not null,
  primary key (account_id, id),
  unique (account_id, name_key)
) strict;
create table identity_user_role (
  account_id integer not null,
  user_id text not null,
  role_id text not null,
  primary key (account_id, user_id, role_id),
  foreign key (account_id, user_id) references identity_user (account_id, id),
  foreign key (account_id, role_id) references identity_role (account_id, id)
) strict;
create index identity_user_role_by_role on identity_user_role (account_id, role_id);
create table identity_recovery_code (
  account_id integer not null,
  user_id text not null,
  hash text not null,
  primary key (account_id, user_id, hash),
  foreign key (account_id, user_id) references identity_user (account_id, id)
) strict;
create table identity_session (
  id text primary key,
  account_id integer not null,
  user_id text not null,
  secret_hash text not null unique,
  address text not null,
  user_agent text not null,
  created_at_ms integer not null,
  last_seen_at_ms integer not null,
  foreign key (account_id, user_id) references identity_user (account_id, id)
) strict;
create index identity_session_by_user on identity_session (account_id, user_id, id);
create index identity_session_by_account on identity_session (account_id, id);
create table identity_token (
  id text primary key,
  account_id integer not null,
  user_id text not null,
  name text not null,
  rights text not null,
  secret_hash text not null,
  created_at_ms integer not null,
  expires_at_ms integer,
  last_used_at_ms integer,
  foreign key (account_id, user_id) references identity_user (account_id, id)
) strict;
create index identity_token_by_user on identity_token (account_id, user_id, id);
create index identity_token_by_account on identity_token (account_id, id);
create table identity_lock_out (
  account_id integer not null,
  subject text not null,
  failures integer not null,
  last_failure_at_ms integer not null,
  locked_until_ms integer,
  primary key (account_id, subject)
) strict;
create table identity_outbox (
  number integer primary key autoincrement,
  account_id integer not null,
  event_id text not null unique,
  event text not null
) strict;
