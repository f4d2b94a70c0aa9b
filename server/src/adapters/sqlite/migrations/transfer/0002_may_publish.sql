alter table transfer_arrival add column may_publish integer not null default 0;
