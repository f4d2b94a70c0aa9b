import { createHash } from 'node:crypto'
import { ANALYSIS_FORMAT } from '../../../services/search/domain/analyse.ts'
import { FIELDS, TEXT_FIELD_NAMES } from '../../../services/search/domain/fields.ts'

/** Raise it with every change of the tables: an index of another version is built anew, never migrated. */
const FORMAT = 1

/** Changes by itself when fields come, go or change their kind. */
export const INDEX_VERSION = createHash('sha256')
  .update(JSON.stringify([FORMAT, ANALYSIS_FORMAT, Object.entries(FIELDS).map(([name, { kind }]) => [name, kind])]))
  .digest('hex')
  .slice(0, 16)

/*
 * The table of words keeps neither text nor columns, only which token stands where. Its tokenizer splits at spaces alone: our tokens arrive ready.
 * A row id is the account's slot * 2^32 + the document's place, and each token leads with the slot, so that accounts share nothing but pages.
 */
export const SCHEMA = `
create table meta (key text primary key, value any) strict, without rowid;
create table account (slot integer primary key, account_id integer not null unique) strict;
create table checkpoint (account_id integer primary key, sequence integer not null) strict;
create table document (row_id integer primary key, account_id integer not null, number integer not null, revision integer not null,
  gone integer not null, change integer not null, id blob not null, facts text not null, unique (account_id, number)) strict;
create index document_change on document (change);
create virtual table word using fts5 (${TEXT_FIELD_NAMES.join(', ')}, content = '', contentless_delete = 1,
  tokenize = "ascii tokenchars '!#$%&()*+,-./:;<=>?@[\\]^_{|}~'");
create virtual table vocabulary using fts5vocab (word, row);
insert into meta (key, value) values ('version', '${INDEX_VERSION}'), ('change', 0), ('whole', 0);
`

export const ACCOUNT_PLACES = 2 ** 32
const APOSTROPHE = /'/g

/** A token as it lies in the table of words. Its apostrophe would end the tokenizer's option, so it becomes a character no token has. */
export const storedToken = (slot: number, token: string): string => `${slot.toString(36)}.${token.replace(APOSTROPHE, '!')}`
export const tokenOf = (stored: string): string => stored.slice(stored.indexOf('.') + 1).replaceAll('!', "'")
