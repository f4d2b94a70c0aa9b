create table events_consumer (
  consumer varchar(100) primary key,
  position bigint not null,
  starts int not null
) collate utf8mb4_nopad_bin;
create table events_dead_letter (
  number bigint primary key auto_increment,
  consumer varchar(100) not null,
  sequence bigint not null,
  reason text not null,
  at_ms bigint not null,
  unique (consumer, sequence)
) collate utf8mb4_nopad_bin;
