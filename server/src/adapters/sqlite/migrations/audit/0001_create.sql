create table audit_entry (
  sequence integer primary key autoincrement,
  id text not null unique,
  account_id integer not null,
  at_ms integer not null,
  actor_id text not null,
  subject_id text not null,
  action text not null,
  entry text not null
) strict;
create index audit_entry_by_actor on audit_entry (account_id, actor_id, sequence);
create index audit_entry_by_subject on audit_entry (account_id, subject_id, sequence);
create trigger audit_entry_is_never_changed before update on audit_entry begin select raise(abort, 'audit entries are never changed'); end;
