create table transfer_outbox (
  number bigint primary key auto_increment,
  account_id bigint not null,
  event_id char(36) not null unique,
  event mediumtext not null
) collate utf8mb4_nopad_bin;
