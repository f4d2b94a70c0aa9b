create table platform_lease (
  name varchar(100) primary key,
  holder varchar(200),
  fence bigint not null,
  until_ms bigint not null
) collate utf8mb4_nopad_bin;
