create table identity_account (
  id bigint primary key,
  name varchar(100) not null unique,
  access_revision bigint not null,
  created_at_ms bigint not null
) collate utf8mb4_nopad_bin;
create table identity_role (
  account_id bigint not null,
  id char(36) not null,
  name varchar(100) not null,
  name_key varchar(400) not null,
  description text not null,
  rights text not null,
  built_in tinyint not null,
  revision bigint not null,
  primary key (account_id, id),
  unique (account_id, name_key),
  foreign key (account_id) references identity_account (id)
) collate utf8mb4_nopad_bin;
create table identity_user (
  account_id bigint not null,
  id char(36) not null,
  name varchar(100) not null,
  name_key varchar(400) not null,
  display_name varchar(200) not null,
  email varchar(400),
  password_hash varchar(300) not null,
  enabled tinyint not null,
  expires_at_ms bigint,
  totp_secret varchar(100),
  totp_enabled tinyint not null,
  totp_last_step bigint,
  revision bigint not null,
  created_at_ms bigint not null,
  updated_at_ms bigint not null,
  primary key (account_id, id),
  unique (account_id, name_key),
  foreign key (account_id) references identity_account (id)
) collate utf8mb4_nopad_bin;
create table identity_user_role (
  account_id bigint not null,
  user_id char(36) not null,
  role_id char(36) not null,
  primary key (account_id, user_id, role_id),
  index identity_user_role_by_role (account_id, role_id),
  foreign key (account_id, user_id) references identity_user (account_id, id),
  foreign key (account_id, role_id) references identity_role (account_id, id)
) collate utf8mb4_nopad_bin;
create table identity_recovery_code (
  account_id bigint not null,
  user_id char(36) not null,
  hash char(64) not null,
  primary key (account_id, user_id, hash),
  foreign key (account_id, user_id) references identity_user (account_id, id)
) collate utf8mb4_nopad_bin;
create table identity_session (
  id char(36) primary key,
  account_id bigint not null,
  user_id char(36) not null,
  secret_hash char(64) not null unique,
  address varchar(100) not null,
  user_agent varchar(500) not null,
  created_at_ms bigint not null,
  last_seen_at_ms bigint not null,
  index identity_session_by_user (account_id, user_id, id),
  index identity_session_by_account (account_id, id),
  foreign key (account_id, user_id) references identity_user (account_id, id)
) collate utf8mb4_nopad_bin;
create table identity_token (
  id char(36) primary key,
  account_id bigint not null,
  user_id char(36) not null,
  name varchar(100) not null,
  rights text not null,
  secret_hash char(64) not null,
  created_at_ms bigint not null,
  expires_at_ms bigint,
  last_used_at_ms bigint,
  index identity_token_by_user (account_id, user_id, id),
  index identity_token_by_account (account_id, id),
  foreign key (account_id, user_id) references identity_user (account_id, id)
) collate utf8mb4_nopad_bin;
create table identity_lock_out (
  account_id bigint not null,
  subject varchar(200) not null,
  failures int not null,
  last_failure_at_ms bigint not null,
  locked_until_ms bigint,
  primary key (account_id, subject)
) collate utf8mb4_nopad_bin;
create table identity_outbox (
  number bigint primary key auto_increment,
  account_id bigint not null,
  event_id char(36) not null unique,
  event mediumtext not null
) collate utf8mb4_nopad_bin;
