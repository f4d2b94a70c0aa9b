alter table transfer_arrival add column may_publish tinyint not null default 0;
