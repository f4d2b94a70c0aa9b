create table transfer_outbox (
  number integer primary key autoincrement,
  account_id integer not null,
  event_id text not null unique,
  event text not null
) strict;
