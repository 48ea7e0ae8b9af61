-- The schema of PostgreSQL. It has the tables of SQLite (migrations.py) as they are after the
-- migration that postgres_migrations.py names. `rowid` is the order in which rows were inserted.

-- Text that is ordered and compared by its bytes, as SQLite does, not by the rules of a language.
create domain bytewise as text collate "C";
create table provbot_migrations (
  number bigint generated always as identity primary key, name bytewise unique,
  applied_at timestamptz default now()
);
create table people (
  person_id bytewise primary key, email bytewise, seen_at double precision, time_zone bytewise
);
create table access (
  who bytewise, role bytewise, location bytewise, location_id bytewise not null default '',
  granted_at double precision, primary key (who, role, location, location_id)
);
create table first_admins (email bytewise primary key, at double precision);
create table accounts (
  who bytewise primary key, account bytewise, first_seen double precision, refused bytewise
);
create table locations (
  rowid bigint generated always as identity, id bytewise primary key, name bytewise
);
create table events (
  rowid bigint generated always as identity, id bytewise primary key, kind bytewise, event bytewise,
  received_at double precision, handled_at double precision
);
create index events_handled_at on events (handled_at);
create table message_versions (
  message bytewise primary key, event bytewise, text bytewise, commands bytewise, number bigint,
  read_at double precision
);
create table requests (
  rowid bigint generated always as identity, code bytewise primary key, state bytewise,
  version bigint, operation bytewise, event_id bytewise, requester_id bytewise,
  requester_email bytewise, room_id bytewise, direct bigint, thread_id bytewise,
  card_id bytewise, inputs bytewise, plan bytewise, digest bytewise,
  planned_at double precision, outcome bytewise, told bigint, created_at double precision,
  changed_at double precision, changed_by bytewise, approve_by double precision,
  run_by double precision, reminded_at double precision, spent bytewise, requester_name bytewise,
  undoes bytewise, reason bytewise, asked_in bytewise, finish_by double precision,
  stopped_by bytewise
);
create unique index requests_event_id on requests (event_id);
create index requests_requester_id_created_at on requests (requester_id, created_at);
create index requests_state on requests (state);
create index requests_changed_at on requests (changed_at);
create index requests_undoes on requests (undoes);
create table steps (
  rowid bigint generated always as identity, request bytewise, number bigint, key bytewise,
  subject bytewise, spec bytewise, state bytewise, attempts bigint, not_before double precision,
  begun_at double precision,
  changed_at double precision, result bytewise, reason bytewise, unclear bigint, reference bytewise,
  tracking_id bytewise, primary key (request, number)
);
create index steps_subject_begun_at on steps (subject, begun_at);
create table lists (request bytewise primary key, content bytewise, secrets_lost bytewise);
create table secrets (request bytewise primary key, sealed bytewise, until double precision);
create table tokens (name bytewise primary key, value bytewise, origin bytewise);
create table instance (id bytewise primary key);
create table decisions (
  rowid bigint generated always as identity, request bytewise, person_id bytewise, email bytewise,
  verdict bytewise, reason bytewise, at double precision, name bytewise, primary key (request,
  person_id)
);
create table approval_cards (message_id bytewise primary key, request bytewise, room_id bytewise,
  email bytewise);
create index approval_cards_request on approval_cards (request);
create table approval_space (id bigint primary key, room_id bytewise, title bytewise,
  set_at double precision);
create table access_asks (
  id bytewise primary key, event_id bytewise, person_id bytewise, email bytewise, name bytewise,
  wants bytewise,
  outcome bytewise, ended_by bytewise, role bytewise, asked_at double precision
);
create index access_asks_person_id_asked_at on access_asks (person_id, asked_at);
create index access_asks_email on access_asks (email);
create table access_ask_cards (message_id bytewise primary key, ask bytewise, email bytewise);
create table progress_messages (
  rowid bigint generated always as identity, message_id bytewise primary key, request bytewise
);
create table followed (
  request bytewise, step bytewise, target bytewise, since double precision, state bytewise,
  changed_at double precision, known bytewise, late_told bigint, told bigint,
  primary key (request, step)
);
create index followed_open on followed (since) where told = 0;
create table followed_messages (
  request bytewise primary key, message_id bytewise, edits bigint, shown bytewise,
  shown_at double precision
);
create table marks (
  id bigint primary key, heard_until double precision, began_at double precision,
  act_after double precision
);
create table audit (
  seq bigint primary key, at bytewise, actor_id bytewise, actor bytewise, action bytewise,
  request bytewise,
  digest bytewise, detail bytewise, before bytewise, hash bytewise
);
create index audit_request on audit (request);
create table audit_head (id bigint primary key, seq bigint, hash bytewise);
insert into audit_head (id, seq, hash) values (1, 0, '');

-- The audit trail is append-only: the next row may be inserted, and nothing else.
create function audit_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the audit trail is append-only';
end $$;
create function audit_is_next() returns trigger language plpgsql as $$
begin
  if new.seq is distinct from (select seq + 1 from audit_head) then
    raise exception 'the audit trail is append-only';
  end if;
  return new;
end $$;
-- Whatever the search path of who inserts is, and whatever temporary tables it has.
do $$ begin
  execute format('alter function audit_is_next() set search_path = %I, pg_temp', current_schema());
end $$;
create trigger audit_no_update before update on audit
  for each row execute function audit_is_append_only();
create trigger audit_no_delete before delete on audit
  for each row execute function audit_is_append_only();
create trigger audit_no_truncate before truncate on audit
  for each statement execute function audit_is_append_only();
create trigger audit_no_replace before insert on audit
  for each row execute function audit_is_next();

-- Who leads (lease.py). `epoch` grows with each new leader.
create table lease (
  id bigint primary key check (id = 1), holder text not null default '',
  epoch bigint not null default 0, renewed_at timestamptz not null default '-infinity',
  taken_at timestamptz
);
insert into lease (id) values (1);
-- The last transaction that wrote, to know after a lost connection whether its end arrived: 1 is
-- that of the leader, every other one that of a connection, such as of `provbot access`.
create table last_transaction (
  id bigint primary key, token text not null, at timestamptz not null default now()
);
insert into last_transaction (id, token) values (1, '');

-- What watched.py asks: marks of the requests that one connection watches, in a table of its own.
create function note_request_change() returns trigger language plpgsql as $$
begin
  if to_regclass('pg_temp.watched') is not null then
    update pg_temp.watched set mark = (random() * 9e15)::bigint where request = new.code;
  end if;
  return null;
end $$;
create function note_step_change() returns trigger language plpgsql as $$
begin
  if to_regclass('pg_temp.watched') is not null then
    update pg_temp.watched set mark = (random() * 9e15)::bigint where request = new.request;
  end if;
  return null;
end $$;
create trigger request_changed after update on requests
  for each row execute function note_request_change();
create trigger step_changed after update on steps
  for each row execute function note_step_change();

-- Functions of SQLite. Text that PostgreSQL cannot hold (\u0000, halves of surrogate pairs) is
-- replaced in what they read; a document that is no JSON has no values.
create function as_json(document text) returns json language plpgsql immutable as $$
begin
  -- Most documents have no such text, and this is much faster than jsonb, which refuses it.
  if document like '%\\u%' and (document like '%\\u0000%' or document ilike '%\\ud%') then
    perform document::jsonb;
  end if;
  return document::json;
exception when others then
  begin
    return regexp_replace(
      document, '\\u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '\\ufffd', 'g')::jsonb::json;
  exception when others then
    return null;
  end;
end $$;
create function json_extract(document json, path text) returns text language sql immutable as $$
  select document #>> string_to_array(substr(path, 3), '.')
$$;
create function json_extract(document text, path text) returns text language sql immutable as $$
  select as_json(document) #>> string_to_array(substr(path, 3), '.')
$$;
create function json_type(document text, path text) returns text language sql immutable as $$
  select json_typeof(as_json(document) #> string_to_array(substr(path, 3), '.'))
$$;
create function json_each(document text, out key bigint, out value text) returns setof record
language sql immutable as $$
  select position - 1, item
  from json_array_elements_text(as_json(document)) with ordinality as items (item, position)
$$;
-- The arrays within a document are of objects, which `json_extract` reads as they are.
create function json_each(document text, path text, out key bigint, out value json)
returns setof record language sql immutable as $$
  select position - 1, item
  from json_array_elements(as_json(document) #> string_to_array(substr(path, 3), '.'))
    with ordinality as items (item, position)
$$;
create function instr(haystack text, needle text) returns int language sql immutable as $$
  select strpos(haystack, needle)
$$;
