"""Triggers that note each move of a request and each decision, with what its person held then."""

from bot.store.sql import Database
from bot.store.sqlite import SqliteDatabase

SEEN = """
create table seen_moves (
  n integer primary key{numbered}, code text, was text, became text, old_version int, version int,
  digest text, held text);
create table seen_decisions (
  n integer primary key{numbered}, request text, person_id text, email text, verdict text,
  held text);
"""
MOVE = """
insert into seen_moves (code, was, became, old_version, version, digest, held)
select new.code, old.state, new.state, old.version, new.version, new.digest, {held} from access
where who in (new.requester_email, substr(new.requester_email, instr(new.requester_email, '@')));
"""
DECISION = """
insert into seen_decisions (request, person_id, email, verdict, held)
select new.request, new.person_id, new.email, new.verdict, {held} from access
where who in (new.email, substr(new.email, instr(new.email, '@')));
"""
SQLITE = """
create trigger see_moves after update on requests
  when old.state is not new.state or old.version is not new.version begin {move} end;
create trigger see_insert_decisions after insert on decisions begin {decision} end;
create trigger see_update_decisions after update on decisions begin {decision} end;
"""
POSTGRES = """
create function see_move() returns trigger language plpgsql as $$
  begin {move} return null; end $$;
create function see_decision() returns trigger language plpgsql as $$
  begin {decision} return null; end $$;
create trigger see_moves after update on requests for each row
  when (old.state is distinct from new.state or old.version is distinct from new.version)
  execute function see_move();
create trigger see_decisions after insert or update on decisions for each row
  execute function see_decision();
"""


def witness(db: Database) -> None:
    """Make the tables `seen_moves` and `seen_decisions`, and what fills them."""
    if isinstance(db, SqliteDatabase):
        db.executescript(_script(SQLITE, "", "json_group_array(json_array(role, location))"))
    else:
        held = "coalesce(json_agg(json_build_array(role, location)), '[]')"
        db.execute(_script(POSTGRES, " generated always as identity", held))


def _script(triggers: str, numbered: str, held: str) -> str:
    inserts = {"move": MOVE.format(held=held), "decision": DECISION.format(held=held)}
    return SEEN.format(numbered=numbered) + triggers.format(**inserts)
