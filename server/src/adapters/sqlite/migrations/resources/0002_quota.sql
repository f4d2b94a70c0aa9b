create table resources_quota (
  id text primary key,
  account_id integer not null,
  scope text not null check (scope in ('action', 'workflow')),
  name text not null,
  max_running integer not null check (max_running >= 0),
  revision integer not null,
  created_at_ms integer not null,
  unique (account_id, scope, name)
) strict;
